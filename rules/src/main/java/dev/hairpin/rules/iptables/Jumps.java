package dev.hairpin.rules.iptables;

import static dev.hairpin.rules.netfilter.Action.jump;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationIsLocal;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.Optional;

/** The rules in base chains that lead to a chain of ours. */
final class Jumps {
  private static final IpPrefix LOOPBACK_IPV4 = IpPrefix.parse("127.0.0.0/8");
  private static final IpPrefix LOOPBACK_IPV6 = IpPrefix.parse("::1/128");

  private Jumps() {}

  /** For packets that arrive for an address of this host. */
  static Rule arriving(String chain) {
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
    return rule(
        Reason.of("without it, packets that others send to published ports are not sent on"));
  }

  /** For packets that this host sends to itself: PREROUTING never sees those. */
  static Rule sentByThisHost(String chain, ProxyMode proxyMode, Family family) {
    return rule(Reason.of(
            "without it, packets that this host sends to its own published ports are not sent"
                + " on"))
        .when(exceptLoopback(proxyMode, family))
        .when(destinationIsLocal())
        .then(jump(chain));
  }

  /**
   * A loopback address can't leave the host, so the proxy answers there. Without a proxy it is let
   * out (route_localnet) and masqueraded.
   */
  private static Optional<Match> exceptLoopback(ProxyMode proxyMode, Family family) {
    return switch (proxyMode) {
      case USERLAND -> Optional.of(not(destination(loopback(family))));
      case HAIRPIN -> Optional.empty();
    };
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
