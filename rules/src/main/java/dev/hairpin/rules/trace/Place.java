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

  /**
   * A chain that sees frames between the ports of a bridge: one of ebtables', or of a table of
   * nftables' own. Packets are seen there, and not followed by {@link PacketTracer}.
   *
   * @param table {@code broute}, {@code nat}, {@code filter}, or another's own
   */
  record Bridge(String table, String chain) implements Place {
    public Bridge {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
    }

    /** {@code bridge filter FORWARD}. */
    @Override
    public String toString() {
      return "bridge " + table + " " + chain;
    }
  }

  /**
   * A chain of iptables-legacy's, where the tables of the other iptables, over nftables, are asked
   * as well. Packets are seen there, and not followed by {@link PacketTracer}.
   */
  record Legacy(Table table, String chain) implements Place {
    public Legacy {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
    }

    /** {@code legacy filter FORWARD}. */
    @Override
    public String toString() {
      return "legacy " + table.keyword() + " " + chain;
    }
  }
}
