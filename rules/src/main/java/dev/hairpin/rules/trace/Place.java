package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.Table;

/** A chain, by the table that it is in. */
public sealed interface Place {
  String chain();

  /** A chain of one of iptables' tables. */
  record Iptables(Table table, String chain) implements Place {
    public Iptables {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
    }

    /** {@code filter FORWARD}. */
    @Override
    public String toString() {
      return table.keyword() + " " + chain;
    }
  }

  /** A chain of a table of nftables' own. */
  record Nftables(String table, String chain) implements Place {
    public Nftables {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
    }

    /** {@code docker-bridges filter-FORWARD}. */
    @Override
    public String toString() {
      return table + " " + chain;
    }
  }
}
