package dev.hairpin.rules.nftables;

import static dev.hairpin.rules.netfilter.Action.jump;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationIsLocal;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Action.JumpByInterface;
import dev.hairpin.rules.netfilter.Action.JumpByInterface.Direction;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;

/** The rules of base chains, which lead to the chains of networks and ports. */
final class Jumps {
  private static final IpPrefix LOOPBACK_IPV4 = IpPrefix.parse("127.0.0.0/8");
  private static final IpPrefix LOOPBACK_IPV6 = IpPrefix.parse("::1");

  private Jumps() {}

  static Rule intoNetworks(String map) {
    return byInterface(
        Direction.OUTPUT,
        map,
        "without it, packets into a network meet none of its rules, and reach what is not"
            + " published too");
  }

  static Rule outOfNetworks(String map) {
    return byInterface(
        Direction.INPUT,
        map,
        "without it, packets out of an internal network meet no rule that keeps them in");
  }

  static Rule outOfOpenNetworks(String map) {
    return byInterface(
        Direction.INPUT,
        map,
        "without it, packets of members to elsewhere are dropped where the policy drops");
  }

  static Rule leavingNetworks(String map) {
    return byInterface(
        Direction.INPUT,
        map,
        "without it, packets of members leave under addresses that nobody outside can reply to");
  }

  static Rule enteringNetworks(String map) {
    return byInterface(
        Direction.OUTPUT,
        map,
        "without it, packets that this host or a container sends to its own published port get no"
            + " reply where no proxy serves it");
  }

  private static Rule byInterface(Direction direction, String map, String reason) {
    return rule(Reason.of(reason)).then(new JumpByInterface(direction, map));
  }

  /** For packets that arrive for an address of this host. */
  static Rule arriving(String chain) {
    return rule(Reasons.arrivingNotSentOn()).when(destinationIsLocal()).then(jump(chain));
  }

  /**
   * As {@link #arriving}, but not for loopback addresses: what a neighbour addresses to those is
   * for the kernel to drop, which it does only where nothing has sent it on.
   */
  static Rule arrivingByNetwork(String chain, Family family) {
    return rule(Reasons.arrivingNotSentOn())
        .when(not(destination(loopback(family))))
        .when(destinationIsLocal())
        .then(jump(chain));
  }

  /**
   * For packets that this host sends to itself: prerouting never sees those. A loopback address
   * can't leave the host, so the proxy answers there. Without a proxy 127.0.0.1 is let out
   * (route_localnet) and masqueraded; dockerd sends ::1 out as well, which leads nowhere.
   */
  static Rule sentByThisHost(String chain, FamilyState state) {
    return switch (state.options().proxyMode()) {
      case USERLAND -> sentButToLoopback(chain, state.family());
      case HAIRPIN -> rule(Reasons.ownNotSentOn()).when(destinationIsLocal()).then(jump(chain));
    };
  }

  /** The same, but never for ::1: who calls it should be refused, and not wait. */
  static Rule sentToRoutable(String chain, FamilyState state) {
    return switch (state.family()) {
      case IPV4 -> sentByThisHost(chain, state);
      case IPV6 -> sentButToLoopback(chain, state.family());
    };
  }

  private static Rule sentButToLoopback(String chain, Family family) {
    return rule(Reasons.ownNotSentOn())
        .when(not(destination(loopback(family))))
        .when(destinationIsLocal())
        .then(jump(chain));
  }

  private static IpPrefix loopback(Family family) {
    return switch (family) {
      case IPV4 -> LOOPBACK_IPV4;
      case IPV6 -> LOOPBACK_IPV6;
    };
  }
}
