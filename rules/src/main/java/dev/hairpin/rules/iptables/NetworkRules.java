package dev.hairpin.rules.iptables;

import static dev.hairpin.rules.drafting.Reasons.because;
import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.netfilter.Action.jump;
import static dev.hairpin.rules.netfilter.Action.returnToCaller;
import static dev.hairpin.rules.netfilter.Match.connectionState;
import static dev.hairpin.rules.netfilter.Match.icmp;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Match.outputInterface;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.stream.Stream;

/** The rules that a network can have, whatever is published from it. */
final class NetworkRules {
  private NetworkRules() {}

  /** Keeps members away from DNAT, so that the proxy answers them, where there is one. */
  static Stream<Rule> leaveToProxy(ProxyMode proxyMode, Stream<BridgeNetwork> networks) {
    return switch (proxyMode) {
      case USERLAND -> networks.map(NetworkRules::leaveToProxy);
      case HAIRPIN -> Stream.empty();
    };
  }

  private static Rule leaveToProxy(BridgeNetwork network) {
    return rule(because(
            "packets from %s to a port published from another network are DNATed, and then"
                + " dropped as traffic between networks",
            network.bridge()))
        .when(inputInterface(network.bridge()))
        .then(returnToCaller());
  }

  static Rule admitReplies(BridgeNetwork network) {
    return rule(Reasons.repliesDropped(network))
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

  /** For a network whose members may talk to each other: their packets may go anywhere. */
  static Rule admitFromMembers(BridgeNetwork network) {
    return rule(because(
            "packets from members of %s are dropped where FORWARD drops what nobody accepts",
            network.bridge()))
        .when(inputInterface(network.bridge()))
        .then(accept());
  }

  static Rule admitOutgoing(BridgeNetwork network) {
    return rule(because("packets from members of %s to elsewhere are dropped", network.bridge()))
        .when(inputInterface(network.bridge()))
        .when(not(outputInterface(network.bridge())))
        .then(accept());
  }

  static Rule admitAmongMembers(BridgeNetwork network) {
    return rule(Reasons.membersParted(network))
        .when(inputInterface(network.bridge()))
        .when(outputInterface(network.bridge()))
        .then(accept());
  }

  static Rule dropAmongMembers(BridgeNetwork network) {
    return rule(Reasons.membersMeet(network))
        .when(inputInterface(network.bridge()))
        .when(outputInterface(network.bridge()))
        .then(drop());
  }

  /** Behind the rules that open ports. */
  static Rule closeOtherPorts(BridgeNetwork network) {
    return rule(because(
            "packets from elsewhere that are addressed to members of %s themselves, and that the"
                + " raw table has let in, reach ports that nobody has published",
            network.bridge()))
        .when(not(inputInterface(network.bridge())))
        .when(outputInterface(network.bridge()))
        .then(drop());
  }

  /** In place of {@link #closeOtherPorts}, on the user's demand. */
  static Rule openEveryPort(BridgeNetwork network) {
    return rule(because(
            "packets from elsewhere to members of %s are dropped where FORWARD drops what nobody"
                + " accepts, although the network is unprotected",
            network.bridge()))
        .when(not(inputInterface(network.bridge())))
        .when(outputInterface(network.bridge()))
        .then(accept());
  }

  /** Others know members of a routed network by their own addresses, and may ask for them. */
  static Rule admitPings(BridgeNetwork network, Family family) {
    return rule(Reasons.notPinged(network))
        .when(outputInterface(network.bridge()))
        .when(icmp(family))
        .then(accept());
  }

  /** For whoever marks packets to pass where ports are not published. */
  static Rule admitMarked(PacketMark mark) {
    return rule(Reasons.markedDropped(mark))
        .when(new Match.Mark(mark.value(), mark.mask()))
        .then(accept());
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
}
