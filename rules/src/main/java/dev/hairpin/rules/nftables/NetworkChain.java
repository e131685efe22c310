package dev.hairpin.rules.nftables;

import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.netfilter.InterfaceMap;
import java.util.List;
import java.util.TreeMap;

/** The chains that each network has; the map that leads to them has the name without a bridge. */
enum NetworkChain {
  /** Of internal networks only. */
  CONFINED("confined"),
  INTO("into"),
  /** Of the others. */
  OUT_OF("out-of"),
  SOURCE_OUT_OF("source-out-of"),
  SOURCE_INTO("source-into");

  private final String map;

  NetworkChain(String map) {
    this.map = map;
  }

  String map() {
    return map;
  }

  boolean isFor(BridgeNetwork network) {
    return switch (this) {
      case CONFINED -> network.internal();
      case INTO -> true;
      case OUT_OF, SOURCE_OUT_OF, SOURCE_INTO -> !network.internal();
    };
  }

  String chain(BridgeNetwork network) {
    return map + "__" + Names.partOfIdentifier(network.bridge());
  }

  /** Leads from the bridges of those that have such a chain to it. */
  InterfaceMap jumps(List<BridgeNetwork> networks) {
    TreeMap<String, String> jumps = new TreeMap<>();
    networks.stream()
        .filter(this::isFor)
        .forEach(network -> jumps.put(network.bridge(), chain(network)));
    return new InterfaceMap(map, jumps);
  }
}
