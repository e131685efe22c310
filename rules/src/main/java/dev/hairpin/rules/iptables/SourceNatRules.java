package dev.hairpin.rules.iptables;

import static dev.hairpin.rules.netfilter.Action.masquerade;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Match.outputInterface;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Match.sourceIsLocal;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Rule;
import java.util.Optional;
import java.util.stream.Stream;

/** Under which address packets leave a network, and under which the host's own enter it. */
final class SourceNatRules {
  private SourceNatRules() {}

  /** The rules of one network and family, in dockerd's order. */
  static Stream<Rule> of(BridgeNetwork network, Family family, ProxyMode proxyMode) {
    Stream<Rule> ofThisHost =
        switch (proxyMode) {
          case USERLAND -> Stream.empty();
          case HAIRPIN -> Stream.of(ofThisHost(network, family));
        };
    Stream<Rule> ofMembers =
        translates(network, family)
            ? network.subnet(family).stream().map(subnet -> ofMembers(network, subnet))
            : Stream.empty();
    return Stream.concat(ofThisHost, ofMembers);
  }

  /** Whether members call out under another address than their own. */
  static boolean translates(BridgeNetwork network, Family family) {
    return network.masquerade() && network.gatewayMode(family).translates();
  }

  /** Lets members call out under the host's address. */
  private static Rule ofMembers(BridgeNetwork network, IpPrefix subnet) {
    return rule(Reasons.noReplyFromOutside(subnet))
        .when(source(subnet))
        .when(not(outputInterface(network.bridge())))
        .then(hostAddress(network, subnet.family()));
  }

  /**
   * Covers this host when it reaches a published port without a proxy. It is asked of a network
   * that isn't masqueraded too: 127.0.0.1 is no address that a member could reply to.
   */
  private static Rule ofThisHost(BridgeNetwork network, Family family) {
    return rule(Reasons.noReplyToHost(network, family))
        .when(outputInterface(network.bridge()))
        .when(sourceIsLocal())
        .then(hostAddress(network, family));
  }

  private static Action hostAddress(BridgeNetwork network, Family family) {
    return Optional.ofNullable(network.sourceAddresses().get(family))
        .map(Action::snatTo)
        .orElse(masquerade());
  }
}
