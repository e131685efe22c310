package dev.hairpin.rules.nftables;

import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationPort;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Match.sourcePort;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.stream.Stream;

/** The rules that links have, in front of the one that keeps members apart. */
final class LinkRules {
  private LinkRules() {}

  static List<Rule> of(FamilyState state, BridgeNetwork network) {
    return state.links().stream()
        .filter(link -> link.bridge().equals(network.bridge()))
        .flatMap(link -> Stream.of(ask(link), tell(link)))
        .distinct()
        .toList();
  }

  private static Rule ask(Link link) {
    return rule(Reasons.linkedDropped(link))
        .when(source(IpPrefix.of(link.parent())))
        .when(destination(IpPrefix.of(link.child())))
        .when(destinationPort(link.protocol(), link.port()))
        .then(accept());
  }

  /** Replies need no rule of their own. */
  private static Rule tell(Link link) {
    return rule(Reasons.linkedUnaskedDropped(link))
        .when(source(IpPrefix.of(link.child())))
        .when(sourcePort(link.protocol(), link.port()))
        .when(destination(IpPrefix.of(link.parent())))
        .then(accept());
  }
}
