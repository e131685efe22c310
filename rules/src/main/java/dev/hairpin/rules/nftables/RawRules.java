package dev.hairpin.rules.nftables;

import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.netfilter.Match.comment;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationPort;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.drafting.ArrivedRule;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.FamilyState.MemberAddress;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is dropped before any address is translated, as long as a packet shows where it was really
 * sent to.
 */
final class RawRules {
  private static final String LOOPBACK = "lo";

  private final FamilyState state;

  RawRules(FamilyState state) {
    this.state = state;
  }

  /** Of each address that of its own, then those of its ports. */
  List<Rule> rules() {
    return ArrivedRule.written(Stream.concat(members(), loopbackPorts()));
  }

  private Stream<ArrivedRule> members() {
    if (state.options().directRouting()) {
      return Stream.empty();
    }
    return state
        .memberAddresses()
        .filter(member -> member.network().gatewayMode(state.family()) == GatewayMode.NAT)
        .map(
            member -> new ArrivedRule(state.arrivalOf(member.address()), dropDirectAccess(member)));
  }

  private static Rule dropDirectAccess(MemberAddress member) {
    return rule(Reasons.reachedDirectly(member))
        .when(destination(IpPrefix.of(member.address())))
        .when(not(fromNetworkOrTrusted(member.network())))
        .when(comment("DROP DIRECT ACCESS"))
        .then(drop());
  }

  /** nft prints a set of one as that one. */
  private static Match fromNetworkOrTrusted(BridgeNetwork network) {
    List<String> interfaces =
        Stream.concat(Stream.of(network.bridge()), network.trustedInterfaces().stream())
            .distinct()
            .toList();
    return interfaces.size() == 1
        ? inputInterface(network.bridge())
        : new Match.InputInterfaceAmong(interfaces);
  }

  /** In IPv6 the kernel itself drops what arrives for ::1. */
  private Stream<ArrivedRule> loopbackPorts() {
    return switch (state.family()) {
      case IPV4 ->
          ArrivedRule.inTurn(
              state.loopbackBindings().stream()
                  .map(binding ->
                      new ArrivedRule(
                          state.arrivalOf(binding.containerAddress()), dropFromAfar(binding))));
      case IPV6 -> Stream.empty();
    };
  }

  private static Rule dropFromAfar(PortBinding binding) {
    HostPort port = binding.hostPort();
    return rule(Reasons.loopbackReached(binding))
        .when(not(inputInterface(LOOPBACK)))
        .when(destination(IpPrefix.of(port.address())))
        .when(destinationPort(port.protocol(), port.port()))
        .when(comment("DROP REMOTE LOOPBACK"))
        .then(drop());
  }
}
