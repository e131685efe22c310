package dev.hairpin.rules.netfilter;

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
