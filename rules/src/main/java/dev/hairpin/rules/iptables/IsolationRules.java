package dev.hairpin.rules.iptables;

import static dev.hairpin.rules.drafting.Reasons.because;
import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.netfilter.Action.jump;
import static dev.hairpin.rules.netfilter.Action.returnToCaller;
import static dev.hairpin.rules.netfilter.Match.connectionState;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Match.outputInterface;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;

/** The rules that keep networks apart, and internal ones from everything. */
final class IsolationRules {
  private IsolationRules() {}

  /**
   * The first half of isolation: on the way out of a network, to another interface.
   *
   * @param reached on which ports, where nothing else closes them
   */
  static Rule leavingNetwork(BridgeNetwork network, String stage2, String reached) {
    return rule(because(
            "packets from %s reach members of other networks, " + reached, network.bridge()))
        .when(inputInterface(network.bridge()))
        .when(not(outputInterface(network.bridge())))
        .then(jump(stage2));
  }

  /** The second half: what left one network must not enter another. */
  static Rule enteringNetwork(BridgeNetwork network, String reached) {
    return rule(because(
            "packets from other networks reach members of %s, " + reached, network.bridge()))
        .when(outputInterface(network.bridge()))
        .then(drop());
  }

  /** As {@link #enteringNetwork}, for a network that {@link #enteringRouted} has spoken of. */
  static Rule enteringRoutedInVain(BridgeNetwork network) {
    return rule(Reason.of(
            "nothing comes here: what is meant for the routed network "
                + network.bridge()
                + " has gone back to be asked for its port"))
        .when(outputInterface(network.bridge()))
        .then(drop());
  }

  /** A routed network is open to its neighbours too, on published ports. */
  static Rule enteringRouted(BridgeNetwork network) {
    return rule(because(
            "packets from other networks are dropped before it is asked which ports of the"
                + " routed network %s are published",
            network.bridge()))
        .when(outputInterface(network.bridge()))
        .then(returnToCaller());
  }

  /** And may answer them. */
  static Rule repliesOfRouted(BridgeNetwork network) {
    return rule(because(
            "replies from the routed network %s to other networks are dropped, but for those"
                + " that a rule for their network has let pass before",
            network.bridge()))
        .when(inputInterface(network.bridge()))
        .when(connectionState(State.RELATED, State.ESTABLISHED))
        .then(accept());
  }

  /**
   * Closes an internal network in both directions. Bridged packets may meet these rules too: in
   * IPv6 they also have link-local addresses, which are in no subnet, so there the rules ask
   * whether a packet really comes from elsewhere or goes there.
   */
  static List<Rule> closeInternal(BridgeNetwork network, IpPrefix subnet) {
    return switch (subnet.family()) {
      case IPV4 -> closeByAddress(network, subnet);
      case IPV6 -> List.of(intoInternalIpv6(network, subnet), outOfInternalIpv6(network, subnet));
    };
  }

  /** As {@link #closeInternal}, in the same words for both families, as dockerd 20.10 does. */
  static List<Rule> closeByAddress(BridgeNetwork network, IpPrefix subnet) {
    return List.of(intoInternal(network, subnet), outOfInternal(network, subnet));
  }

  private static Rule intoInternal(BridgeNetwork network, IpPrefix subnet) {
    return intoInternal(network)
        .when(not(source(subnet)))
        .when(outputInterface(network.bridge()))
        .then(drop());
  }

  private static Rule intoInternalIpv6(BridgeNetwork network, IpPrefix subnet) {
    return intoInternal(network)
        .when(not(source(subnet)))
        .when(not(inputInterface(network.bridge())))
        .when(outputInterface(network.bridge()))
        .then(drop());
  }

  private static Rule.Draft intoInternal(BridgeNetwork network) {
    return rule(Reasons.internalReached(network));
  }

  private static Rule outOfInternal(BridgeNetwork network, IpPrefix subnet) {
    return outOfInternal(network)
        .when(not(destination(subnet)))
        .when(inputInterface(network.bridge()))
        .then(drop());
  }

  private static Rule outOfInternalIpv6(BridgeNetwork network, IpPrefix subnet) {
    return outOfInternal(network)
        .when(not(destination(subnet)))
        .when(inputInterface(network.bridge()))
        .when(not(outputInterface(network.bridge())))
        .then(drop());
  }

  private static Rule.Draft outOfInternal(BridgeNetwork network) {
    return rule(Reasons.internalGetsOut(network));
  }
}
