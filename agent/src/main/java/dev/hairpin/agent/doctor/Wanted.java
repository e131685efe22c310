package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Tables;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Rules as their authors would have them.
 *
 * @param right everybody's, with those of the authors put right
 * @param alone those of the authors, on a host that has no others
 */
record Wanted(Map<Family, Tables> right, Map<Family, Tables> alone) {
  Wanted {
    right = Map.copyOf(right);
    alone = Map.copyOf(alone);
  }

  static Wanted of(Map<Family, Tables> observed, List<Author> authors) {
    Map<Family, Tables> right = new EnumMap<>(Family.class);
    Map<Family, Tables> alone = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      if (observed.containsKey(family)) {
        right.put(family, repaired(observed.get(family), authors));
      }
      alone.put(family, made(family, authors));
    }
    return new Wanted(right, alone);
  }

  private static Tables repaired(Tables observed, List<Author> authors) {
    Tables tables = observed;
    for (Author author : authors) {
      tables = author.repair(tables).appliedTo(tables);
    }
    return tables;
  }

  private static Tables made(Family family, List<Author> authors) {
    Tables tables = Tables.empty(family);
    for (Author author : authors) {
      tables = author.written(tables);
    }
    return tables;
  }
}
