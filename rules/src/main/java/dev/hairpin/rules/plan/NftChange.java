package dev.hairpin.rules.plan;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import java.util.List;

/** One step in a table of nftables' own. */
public sealed interface NftChange extends Change {
  /** The table's name. */
  String table();

  /** Makes a table hold exactly this, whatever was there before. */
  record WriteTable(NftTable content) implements NftChange {
    public WriteTable {
      requireNonNull(content, "content");
    }

    @Override
    public String table() {
      return content.name();
    }
  }

  /** Makes a table whose owner has ended its writer's, with all that is in it. */
  record ClaimTable(String table) implements NftChange {
    public ClaimTable {
      requireNonNull(table, "table");
    }
  }

  /** Takes a table and all that is in it away. */
  record DeleteTable(String table) implements NftChange {
    public DeleteTable {
      requireNonNull(table, "table");
    }
  }

  /**
   * Makes a chain hold exactly these rules. A base chain that is there already is one at the same
   * place.
   */
  record WriteChain(String table, NftChain chain) implements NftChange {
    public WriteChain {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
    }
  }

  /** Takes a chain and all its rules away. No rule and no map leads to it any more. */
  record DeleteChain(String table, String chain) implements NftChange {
    public DeleteChain {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
    }
  }

  /** Has a map, which is there, lead from an interface to a chain. */
  record AddJump(String table, String map, String interfaceName, String chain)
      implements NftChange {
    public AddJump {
      requireNonNull(table, "table");
      requireNonNull(map, "map");
      requireNonNull(interfaceName, "interfaceName");
      requireNonNull(chain, "chain");
    }
  }

  /** Puts elements into a set or map of ports, which is there and has none for these ports. */
  record AddPorts(String table, String set, List<PortSet.Element> elements) implements NftChange {
    public AddPorts {
      requireNonNull(table, "table");
      requireNonNull(set, "set");
      elements = List.copyOf(elements);
    }
  }

  /** Takes elements out of a set or map of ports. */
  record DeletePorts(String table, String set, List<PortSet.Element> elements)
      implements NftChange {
    public DeletePorts {
      requireNonNull(table, "table");
      requireNonNull(set, "set");
      elements = List.copyOf(elements);
    }
  }

  /** Takes what a map has for an interface out of it. */
  record DeleteJump(String table, String map, String interfaceName) implements NftChange {
    public DeleteJump {
      requireNonNull(table, "table");
      requireNonNull(map, "map");
      requireNonNull(interfaceName, "interfaceName");
    }
  }
}
