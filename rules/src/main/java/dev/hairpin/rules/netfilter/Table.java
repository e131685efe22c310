package dev.hairpin.rules.netfilter;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A table of iptables, in the order in which a packet meets them at a hook (iptables(8), TABLES).
 */
public enum Table {
  RAW,
  MANGLE,
  NAT,
  FILTER,
  SECURITY;

  /** Where it has base chains, which are there from the moment that anything is put into it. */
  public List<Hook> hooks() {
    return switch (this) {
      case RAW -> List.of(Hook.PREROUTING, Hook.OUTPUT);
      case MANGLE -> List.of(Hook.values());
      case NAT -> List.of(Hook.PREROUTING, Hook.INPUT, Hook.OUTPUT, Hook.POSTROUTING);
      case FILTER, SECURITY -> List.of(Hook.INPUT, Hook.FORWARD, Hook.OUTPUT);
    };
  }

  /** As iptables writes it: {@code nat}. */
  public String keyword() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Table> of(String keyword) {
    for (Table table : values()) {
      if (table.keyword().equals(keyword)) {
        return Optional.of(table);
      }
    }
    return Optional.empty();
  }
}
