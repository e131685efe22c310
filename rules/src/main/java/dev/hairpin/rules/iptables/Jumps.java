package dev.hairpin.rules.iptables;

import static dev.hairpin.rules.netfilter.Action.jump;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationIsLocal;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import java.util.List;

/** The rules in base chains that lead to a chain of ours. */
final class Jumps {
  private static final IpPrefix LOOPBACK_IPV4 = IpPrefix.parse("127.0.0.0/8");
  private static final IpPrefix LOOPBACK_IPV6 = IpPrefix.parse("::1/128");

  private Jumps() {}

  /** Those from nat's base chains to the chain with the published ports, as dockerd has them. */
  static List<HookRules> toPublished(String chain, ProxyMode proxyMode, Family family) {
    return List.of(
        HookRules.at(Table.NAT, Hook.PREROUTING, List.of(), List.of(arriving(chain))),
        HookRules.at(
            Table.NAT, Hook.OUTPUT, List.of(), List.of(sentByThisHost(chain, proxyMode, family))));
  }

  /** For packets that arrive for an address of this host. */
  private static Rule arriving(String chain) {
    return arriving().when(destinationIsLocal()).then(jump(chain));
  }

  /**
   * As {@link #arriving(String)}, but not for loopback addresses. The kernel drops packets that a
   * neighbour addresses to those, but only after PREROUTING: once DNATed they are let in, to ports
   * that were published for this host alone.
   */
  static Rule arrivingByNetwork(String chain, Family family) {
    return arriving()
        .when(not(destination(loopback(family))))
        .when(destinationIsLocal())
        .then(jump(chain));
  }

  private static Rule.Draft arriving() {
    return rule(Reasons.arrivingNotSentOn());
  }

  /** For packets that this host sends to itself: PREROUTING never sees those. */
  private static Rule sentByThisHost(String chain, ProxyMode proxyMode, Family family) {
    return switch (proxyMode) {
      case USERLAND -> sentButToLoopback(chain, family);
      case HAIRPIN -> sent().when(destinationIsLocal()).then(jump(chain));
    };
  }

  /**
   * As {@link #sentByThisHost}, but never for ::1, which no setting lets out: DNATed, its packets
   * are lost, and the client waits instead of being refused and trying 127.0.0.1.
   */
  static Rule sentToRoutable(String chain, ProxyMode proxyMode, Family family) {
    return switch (family) {
      case IPV4 -> sentByThisHost(chain, proxyMode, family);
      case IPV6 -> sentButToLoopback(chain, family);
    };
  }

  /**
   * A loopback address can't leave the host, so the proxy answers there. Without a proxy 127.0.0.1
   * is let out (route_localnet) and masqueraded.
   */
  private static Rule sentButToLoopback(String chain, Family family) {
    return sent()
        .when(not(destination(loopback(family))))
        .when(destinationIsLocal())
        .then(jump(chain));
  }

  private static Rule.Draft sent() {
    return rule(Reasons.ownNotSentOn());
  }

  private static IpPrefix loopback(Family family) {
    return switch (family) {
      case IPV4 -> LOOPBACK_IPV4;
      case IPV6 -> LOOPBACK_IPV6;
    };
  }

  /** For every packet. */
  static Rule always(String chain, String reason) {
    return rule(Reason.of(reason)).then(jump(chain));
  }
}
