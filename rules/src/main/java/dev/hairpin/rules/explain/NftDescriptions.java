package dev.hairpin.rules.explain;

import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.nftables.HairpinLayout;

/** What each chain, map and set of dockerd 29's nftables tables, and of ours, is for. */
final class NftDescriptions {
  private static final String SINCE = " Since 29.0.";

  private NftDescriptions() {}

  /** A paragraph on one line. */
  static String ofChain(NftTable table, String chain) {
    return table.name().equals(HairpinLayout.TABLE)
        ? HairpinDescriptions.ofChain(chain)
        : what(chain) + SINCE;
  }

  private static String what(String chain) {
    int network = chain.indexOf("__");
    if (network >= 0) {
      return ofNetwork(chain.substring(0, network), chain.substring(network + 2));
    }
    return switch (chain) {
      case "raw-PREROUTING" ->
          "Packets that have just arrived, before anything is known about them and before any"
              + " destination is changed. What is addressed to a container itself was not sent to a"
              + " published port, so it is dropped, unless it comes from the container's own network;"
              + " and so is what others send to a port that is published on a loopback address.";
      case "nat-PREROUTING" ->
          "Packets that arrive, before the routing decision: the last place where their destination"
              + " can be changed so that they are routed to a container.";
      case "nat-OUTPUT" ->
          "Packets from processes of this host, which no prerouting chain sees. Where there is a"
              + " userland proxy, loopback addresses are left to it.";
      case "nat-prerouting-and-output" ->
          "The published ports, one rule for each: it sends a connection on to its container (DNAT),"
              + " but leaves what comes from the port's own network to the userland proxy, where there"
              + " is one. Only a connection's first packet is asked about; connection tracking sees to"
              + " the others.";
      case "filter-FORWARD" ->
          "Packets that this host passes from one interface to another, after their destination was"
              + " changed. Two look-ups by the interface's name, however many networks there are, lead"
              + " to the rules of the network that a packet goes to, and of the one that it comes from."
              + " Packets of no network go on. Nothing is dropped by the policy: what iptables or other"
              + " tables say about a packet counts as well.";
      case "nat-POSTROUTING" ->
          "Packets that are about to leave, by the network that they come from and the one that they"
              + " go to.";
      case String other -> throw unknown(other);
    };
  }

  private static String ofNetwork(String kind, String bridge) {
    return switch (kind) {
      case "filter-forward-in" ->
          "Packets into the network of "
              + bridge
              + ": replies, then members' packets to each other, then the ports that are published."
              + " Everything else is dropped. An internal network lets in members' packets only.";
      case "filter-forward-out" ->
          "Packets out of the network of "
              + bridge
              + ", which are let go; those of an internal network only to members.";
      case "nat-postrouting-in" ->
          "New connections into the network of "
              + bridge
              + " that need another source to be answered: where there is no userland proxy, those of"
              + " this host, and those of a container to its own published port.";
      case "nat-postrouting-out" ->
          "New connections out of the network of "
              + bridge
              + ", which get the host's address: nobody outside knows a way back to a member's.";
      case String other -> throw unknown(other);
    };
  }

  /** The same for a map. */
  static String ofMap(NftTable table, String map) {
    return table.name().equals(HairpinLayout.TABLE)
        ? HairpinDescriptions.ofMap(map)
        : whichNetwork(map) + SINCE;
  }

  private static String whichNetwork(String map) {
    return switch (map) {
      case "filter-forward-in-jumps" -> byBridge("a packet goes to");
      case "filter-forward-out-jumps" -> byBridge("a packet comes from");
      case "nat-postrouting-in-jumps" -> byBridge("a new connection goes to");
      case "nat-postrouting-out-jumps" -> byBridge("a new connection comes from");
      case String other -> throw unknown(other);
    };
  }

  static String byBridge(String which) {
    return "Which chain is for the network that "
        + which
        + ", by the name of its bridge. One look-up, where iptables asks a rule for each network.";
  }

  static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException("nothing is known of \"" + name + "\" in nftables");
  }
}
