package dev.hairpin.rules.iptables;

import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.netfilter.Action.jump;
import static dev.hairpin.rules.netfilter.Action.masquerade;
import static dev.hairpin.rules.netfilter.Action.returnToCaller;
import static dev.hairpin.rules.netfilter.Match.connectionState;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Match.outputInterface;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Match.sourceIsLocal;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;

/** The rules that a network can have, whatever is published from it. */
final class NetworkRules {
  private NetworkRules() {}

  /** Lets members call out under the host's address. */
  static Rule masqueradeOutgoing(BridgeNetwork network, IpPrefix subnet) {
    return rule(because(
            "packets from %s leave under an address that nobody outside can reply to", subnet))
        .when(source(subnet))
        .when(not(outputInterface(network.bridge())))
        .then(masquerade());
  }

  /** Covers this host when it reaches a published port without a proxy. */
  static Rule masqueradeLocal(BridgeNetwork network) {
    return rule(because(
            "packets that this host sends from 127.0.0.1 to members of %s get no reply",
            network.bridge()))
        .when(outputInterface(network.bridge()))
        .when(sourceIsLocal())
        .then(masquerade());
  }

  /** Keeps members away from DNAT, so that the proxy answers them. */
  static Rule leaveToProxy(BridgeNetwork network) {
    return rule(because(
            "packets from %s to a port published from another network are DNATed, and then"
                + " dropped as traffic between networks",
            network.bridge()))
        .when(inputInterface(network.bridge()))
        .then(returnToCaller());
  }

  static Rule admitReplies(BridgeNetwork network) {
    return rule(because("replies to what members of %s asked for are dropped", network.bridge()))
        .when(outputInterface(network.bridge()))
        .when(connectionState(State.RELATED, State.ESTABLISHED))
        .then(accept());
  }

  /** Leads to the rules that open ports. */
  static Rule checkPorts(BridgeNetwork network, String chain) {
    return rule(because(
            "packets for ports published from %s never meet the rules that let them in",
            network.bridge()))
        .when(outputInterface(network.bridge()))
        .then(jump(chain));
  }

  static Rule admitOutgoing(BridgeNetwork network) {
    return rule(because("packets from members of %s to elsewhere are dropped", network.bridge()))
        .when(inputInterface(network.bridge()))
        .when(not(outputInterface(network.bridge())))
        .then(accept());
  }

  /** Bridged packets meet FORWARD too where br_netfilter is loaded. */
  static Rule admitAmongMembers(BridgeNetwork network) {
    return rule(because(
            "packets between members of %s are dropped where bridged packets are filtered",
            network.bridge()))
        .when(inputInterface(network.bridge()))
        .when(outputInterface(network.bridge()))
        .then(accept());
  }

  static Rule dropAmongMembers(BridgeNetwork network) {
    return rule(because(
            "members of %s reach each other's ports, although inter-container"
                + " communication is switched off",
            network.bridge()))
        .when(inputInterface(network.bridge()))
        .when(outputInterface(network.bridge()))
        .then(drop());
  }

  /** The first half of isolation: on the way out of a network, to another interface. */
  static Rule leavingNetwork(BridgeNetwork network, String stage2) {
    return rule(because(
            "packets from %s reach members of other networks, published or not", network.bridge()))
        .when(inputInterface(network.bridge()))
        .when(not(outputInterface(network.bridge())))
        .then(jump(stage2));
  }

  /** The second half: what left one network must not enter another. */
  static Rule enteringNetwork(BridgeNetwork network) {
    return rule(because(
            "packets from other networks reach members of %s, published or not", network.bridge()))
        .when(outputInterface(network.bridge()))
        .then(drop());
  }

  static Rule dropIntoInternal(BridgeNetwork network, IpPrefix subnet) {
    return rule(because("packets from outside reach the internal network %s", network.bridge()))
        .when(not(source(subnet)))
        .when(outputInterface(network.bridge()))
        .then(drop());
  }

  static Rule dropOutOfInternal(BridgeNetwork network, IpPrefix subnet) {
    return rule(because("packets from the internal network %s reach the outside", network.bridge()))
        .when(not(destination(subnet)))
        .when(inputInterface(network.bridge()))
        .then(drop());
  }

  /** Whether others may open a connection into a network is not for us to say. */
  static Rule leaveToOthers(BridgeNetwork network) {
    return rule(because(
            "packets from members of other networks are let into %s by the rules below",
            network.bridge()))
        .when(outputInterface(network.bridge()))
        .then(returnToCaller());
  }

  /** The end of a chain of dockerd's, which it writes although a chain's end does the same. */
  static Rule end() {
    return rule(Reason.of("goes back to where the jump came from, as the chain's end would"))
        .then(returnToCaller());
  }

  static Reason because(String lost, Object about) {
    return Reason.of("without it, " + String.format(lost, about));
  }
}
