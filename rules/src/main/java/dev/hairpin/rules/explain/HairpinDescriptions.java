package dev.hairpin.rules.explain;

/** What each chain, map and set of Hairpin's own tables is for. */
final class HairpinDescriptions {
  private HairpinDescriptions() {}

  /** A paragraph on one line. */
  static String ofChain(String chain) {
    int network = chain.indexOf("__");
    if (network >= 0) {
      return ofNetwork(chain.substring(0, network), chain.substring(network + 2));
    }
    return switch (chain) {
      case "prerouting-raw" ->
          "Packets that have just arrived, before anything is known about them and before any"
              + " destination is changed: what others send to a port that is published on a loopback"
              + " address is dropped.";
      case "prerouting" ->
          "Packets that arrive, before the routing decision: the last place where their destination"
              + " can be changed so that they are routed to a container.";
      case "output" ->
          "Packets from processes of this host, which no prerouting chain sees. Where there is a"
              + " userland proxy, loopback addresses are left to it.";
      case "published" ->
          "Connections to this host's own addresses: a published port's go on to its container"
              + " (DNAT). Up to four look-ups, however many ports there are: ports and ranges"
              + " published on the address that was called, then those published on all addresses."
              + " Containers' own are left to the userland proxy where there is one."
              + " Only a connection's first packet comes here; connection tracking sees to the others.";
      case "forward" ->
          "Packets that this host passes from one interface to another, after their destination was"
              + " changed. Three look-ups by the interface's name, however many networks there are, lead"
              + " to the rules of the network that a packet comes from, if that is an internal one, of"
              + " the one that it goes to, and of any other that it comes from. What others' rules say"
              + " about a packet counts as well.";
      case "postrouting" ->
          "Packets that are about to leave, by the network that they come from and the one that they"
              + " go to.";
      case String other -> throw NftDescriptions.unknown(other);
    };
  }

  private static String ofNetwork(String kind, String bridge) {
    return switch (kind) {
      case "into" ->
          "Packets into the network of "
              + bridge
              + ": replies, then connections to published ports that were translated on their way,"
              + " then members' packets to each other. Everything else is dropped, so what is"
              + " addressed to a container itself is too. An internal network lets in members'"
              + " packets only.";
      case "confined" ->
          "Packets out of the internal network of " + bridge + ", which go to members only.";
      case "out-of" ->
          "Packets out of the network of "
              + bridge
              + ", which are let go wherever they are let in.";
      case "source-into" ->
          "New connections into the network of "
              + bridge
              + " that need another source to be answered by way of this host, where there is no userland"
              + " proxy: those of members to published ports of their own network's, and of this host.";
      case "source-out-of" ->
          "New connections out of the network of "
              + bridge
              + ", which get the host's address: nobody outside knows a way back to a member's.";
      case String other -> throw NftDescriptions.unknown(other);
    };
  }

  /** The same for a map from interfaces to chains. */
  static String ofMap(String map) {
    return switch (map) {
      case "into" -> NftDescriptions.byBridge("a packet goes to");
      case "confined" ->
          NftDescriptions.byBridge("a packet comes from, if that is an internal one");
      case "out-of" -> NftDescriptions.byBridge("a packet comes from, if that is another one");
      case "source-into" -> NftDescriptions.byBridge("a new connection goes to");
      case "source-out-of" -> NftDescriptions.byBridge("a new connection comes from");
      case String other -> throw NftDescriptions.unknown(other);
    };
  }

  /** The same for a set or map of ports. */
  static String ofPortSet(String set) {
    return switch (set) {
      case "loopback-ports" ->
          "Host ports that are published on a loopback address, and so for this host alone.";
      case "address-ports" ->
          "Where each port leads that is published on one address of this host.";
      case "address-port-ranges" ->
          "Where ranges of ports lead that are published on one address of this host, to the same"
              + " ports of a container.";
      case "ports" -> "Where each port leads that is published on all addresses of this host.";
      case "port-ranges" ->
          "Where ranges of ports lead that are published on all addresses of this host, to the same"
              + " ports of a container: one element, however many ports.";
      case "open-ports" -> "Containers' ports that are published, to which others may connect.";
      case "open-port-ranges" ->
          "Ranges of them: one element for consecutive ports of a container, however many.";
      case String other -> throw NftDescriptions.unknown(other);
    };
  }
}
