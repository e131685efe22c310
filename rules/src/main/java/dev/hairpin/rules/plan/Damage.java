package dev.hairpin.rules.plan;

import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What was wrong with tables that were put right, in words for people: what was gone, what was
 * there and isn't ours, what stood elsewhere. A few phrases for each table, however large it is.
 */
public final class Damage {
  private final Map<String, Parts> byTable = new TreeMap<>();

  private Damage() {}

  /**
   * Compares tables before and after they were put right.
   *
   * @return phrases such as {@code 12 rules of 3 chains in ip filter were gone}
   */
  public static List<String> between(Tables damaged, Tables right) {
    Damage damage = new Damage();
    damage.compareIptables(damaged, right);
    damage.compareNftables(damaged, right);
    return damage.byTable.entrySet().stream()
        .flatMap(table -> table.getValue().phrases(table.getKey()))
        .toList();
  }

  private Parts in(Tables tables, String table) {
    return byTable.computeIfAbsent(tables.family().keyword() + " " + table, name -> new Parts());
  }

  private void compareIptables(Tables damaged, Tables right) {
    for (Chain chain : right.chains()) {
      Optional<Chain> before = damaged.chain(chain.table(), chain.name());
      if (before.equals(Optional.of(chain))) {
        continue;
      }
      Parts parts = in(right, chain.table().keyword());
      parts.compareRules(chain.name(), before.map(Chain::rules).orElse(List.of()), chain.rules());
      if (chain.isBase()) {
        parts.comparePolicies(
            chain.name(), before.flatMap(Chain::policy).orElse(Policy.ACCEPT), chain.policy());
      } else if (before.isEmpty() && chain.rules().isEmpty()) {
        parts.goneChains.add(chain.name());
      }
    }
    damaged.chains().stream()
        .filter(chain -> right.chain(chain.table(), chain.name()).isEmpty())
        .forEach(chain -> in(right, chain.table().keyword()).strangeChains.add(chain.name()));
  }

  private void compareNftables(Tables damaged, Tables right) {
    for (NftTable table : right.nftTables()) {
      Optional<NftTable> before = damaged.nftTable(table.name());
      if (!before.equals(Optional.of(table))) {
        Parts parts = in(right, table.name());
        before.ifPresentOrElse(
            present -> parts.compare(present, table), () -> parts.isWholeTableGone = true);
      }
    }
  }

  /** What was wrong in one table, by chain or set. */
  private static final class Parts {
    private final Map<String, Integer> goneRules = new TreeMap<>();
    private final Map<String, Integer> strangeRules = new TreeMap<>();
    private final Set<String> disordered = new TreeSet<>();
    private final Set<String> goneChains = new TreeSet<>();
    private final Set<String> strangeChains = new TreeSet<>();
    private final Set<String> policies = new TreeSet<>();
    private final Map<String, Integer> goneElements = new TreeMap<>();
    private final Map<String, Integer> strangeElements = new TreeMap<>();
    private boolean isWholeTableGone;
    private boolean isAnotherTable;

    void compareRules(String chain, List<Rule> damaged, List<Rule> right) {
      int gone = missing(right, damaged);
      int strange = missing(damaged, right);
      note(goneRules, chain, gone);
      note(strangeRules, chain, strange);
      if (gone == 0 && strange == 0 && !damaged.equals(right)) {
        disordered.add(chain);
      }
    }

    void comparePolicies(String chain, Policy damaged, Optional<Policy> right) {
      if (!Optional.of(damaged).equals(right)) {
        policies.add(chain);
      }
    }

    void compare(NftTable damaged, NftTable right) {
      isAnotherTable = !damaged.others().equals(right.others());
      for (NftChain chain : right.chains()) {
        Optional<NftChain> before = damaged.chain(chain.name());
        compareRules(chain.name(), before.map(NftChain::rules).orElse(List.of()), chain.rules());
        if (before.isPresent() && !before.get().base().equals(chain.base())) {
          policies.add(chain.name());
        }
      }
      damaged.chains().stream()
          .map(NftChain::name)
          .filter(name -> right.chain(name).isEmpty())
          .forEach(strangeChains::add);
      for (InterfaceMap map : right.maps()) {
        compareElements(
            map.name(),
            damaged.map(map.name()).map(InterfaceMap::jumps).orElse(new TreeMap<>()).entrySet(),
            map.jumps().entrySet());
      }
      for (PortSet set : right.portSets()) {
        compareElements(
            set.name(),
            damaged.portSet(set.name()).map(PortSet::elements).orElse(List.of()),
            set.elements());
      }
    }

    private void compareElements(String set, Collection<?> damaged, Collection<?> right) {
      note(goneElements, set, missing(right, damaged));
      note(strangeElements, set, missing(damaged, right));
    }

    /** How many of some aren't among others, each counted as often as it is there. */
    private static int missing(Collection<?> some, Collection<?> others) {
      Map<Object, Integer> there = new HashMap<>();
      others.forEach(each -> there.merge(each, 1, Integer::sum));
      int missing = 0;
      for (Object each : some) {
        if (there.merge(each, -1, Integer::sum) < 0) {
          missing++;
        }
      }
      return missing;
    }

    private static void note(Map<String, Integer> counts, String name, int count) {
      if (count > 0) {
        counts.put(name, count);
      }
    }

    Stream<String> phrases(String table) {
      if (isWholeTableGone) {
        return Stream.of("the table " + table + " was gone");
      }
      List<String> phrases = new ArrayList<>();
      counted(goneRules, "rule", "chain")
          .ifPresent(what -> phrases.add(what + " in " + table + were(sum(goneRules)) + " gone"));
      counted(goneElements, "element", "set")
          .ifPresent(
              what -> phrases.add(what + " in " + table + were(sum(goneElements)) + " gone"));
      counted(strangeRules, "rule", "chain")
          .ifPresent(
              what -> phrases.add(what + " in " + table + were(sum(strangeRules)) + " not ours"));
      counted(strangeElements, "element", "set")
          .ifPresent(what ->
              phrases.add(what + " in " + table + were(sum(strangeElements)) + " not ours"));
      named(disordered)
          .ifPresent(
              what -> phrases.add("the rules of " + what + " in " + table + " were out of order"));
      named(goneChains)
          .ifPresent(
              what -> phrases.add(what + " in " + table + were(goneChains.size()) + " gone"));
      named(strangeChains)
          .ifPresent(what ->
              phrases.add(what + " in " + table + were(strangeChains.size()) + " not ours"));
      named(policies)
          .ifPresent(
              what -> phrases.add("the policy of " + what + " in " + table + " was another"));
      if (isAnotherTable) {
        phrases.add("what was in the table " + table + " was not all ours");
      }
      return phrases.stream();
    }

    /** {@code 12 rules of 3 chains}. */
    private static Optional<String> counted(
        Map<String, Integer> counts, String what, String where) {
      return named(counts.keySet(), where)
          .map(places -> number(sum(counts), what) + " of " + places);
    }

    private static Optional<String> named(Set<String> chains) {
      return named(chains, "chain");
    }

    private static Optional<String> named(Set<String> names, String kind) {
      return switch (names.size()) {
        case 0 -> Optional.empty();
        case 1 -> Optional.of(kind + " " + names.iterator().next());
        default -> Optional.of(number(names.size(), kind));
      };
    }

    private static int sum(Map<String, Integer> counts) {
      return counts.values().stream().collect(Collectors.summingInt(count -> count));
    }

    private static String number(int count, String what) {
      return count + " " + what + (count == 1 ? "" : "s");
    }

    private static String were(int count) {
      return count == 1 ? " was" : " were";
    }
  }
}
