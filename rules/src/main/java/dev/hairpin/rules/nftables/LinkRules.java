package dev.hairpin.rules.nftables;

import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationPort;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Match.sourcePort;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.stream.Stream;

/** The rules that links have, in front of the one that keeps members apart. */
final class LinkRules {
  private LinkRules() {}

  static List<Rule> of(DesiredState state, BridgeNetwork network, Family family) {
    return state.links().stream()
        .filter(link -> link.bridge().equals(network.bridge()))
        .filter(link -> link.child().family() == family)
        .flatMap(link -> Stream.of(ask(link), tell(link)))
        .distinct()
        .toList();
  }

  private static Rule ask(Link link) {
    return rule(Reason.of(
            "without it, packets from "
                + link.parent()
                + " to "
                + link.child().withPort(link.port())
                + " are dropped, although the two are linked"))
        .when(source(IpPrefix.of(link.parent())))
        .when(destination(IpPrefix.of(link.child())))
        .when(destinationPort(link.protocol(), link.port()))
        .then(accept());
  }

  /** Replies need no rule of their own. */
  private static Rule tell(Link link) {
    return rule(Reason.of(
            "without it, packets that "
                + link.child().withPort(link.port())
                + " sends to "
                + link.parent()
                + " without being asked are dropped"))
        .when(source(IpPrefix.of(link.child())))
        .when(sourcePort(link.protocol(), link.port()))
        .when(destination(IpPrefix.of(link.parent())))
        .then(accept());
  }
}
