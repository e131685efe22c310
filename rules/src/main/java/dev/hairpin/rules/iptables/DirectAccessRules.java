package dev.hairpin.rules.iptables;

import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationPort;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.drafting.ArrivedRule;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.FamilyState.MemberAddress;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.stream.Stream;

/**
 * The rules against neighbours that address what only this host should: a member's own address, or
 * a loopback address. They are asked before DNAT, where a packet still has the address that its
 * sender gave it.
 */
final class DirectAccessRules {
  private static final String LOOPBACK = "lo";

  private final FamilyState state;

  DirectAccessRules(FamilyState state) {
    this.state = state;
  }

  /** Of each address that of its own, then those of its ports. */
  List<Rule> rules() {
    return state.options().rawTable()
        ? ArrivedRule.written(Stream.concat(members(), loopbackPorts()))
        : List.of();
  }

  private Stream<ArrivedRule> members() {
    if (state.options().directRouting()) {
      return Stream.empty();
    }
    return state
        .memberAddresses()
        .filter(member -> member.network().gatewayMode(state.family()) == GatewayMode.NAT)
        .flatMap(member ->
            ofMember(member).map(rule -> new ArrivedRule(state.arrivalOf(member.address()), rule)));
  }

  private static Stream<Rule> ofMember(MemberAddress member) {
    return Stream.concat(
        member.network().trustedInterfaces().stream().map(trusted -> admit(member, trusted)),
        Stream.of(dropUnlessFromBridge(member)));
  }

  private static Rule admit(MemberAddress member, String trusted) {
    return rule(Reason.of(
            "without it, packets for "
                + member.address()
                + " itself are dropped also when they come by "
                + trusted
                + ", which is trusted"))
        .when(destination(IpPrefix.of(member.address())))
        .when(inputInterface(trusted))
        .then(accept());
  }

  private static Rule dropUnlessFromBridge(MemberAddress member) {
    return rule(Reasons.reachedDirectly(member))
        .when(destination(IpPrefix.of(member.address())))
        .when(not(inputInterface(member.network().bridge())))
        .then(drop());
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
        .when(destination(IpPrefix.of(port.address())))
        .when(not(inputInterface(LOOPBACK)))
        .when(destinationPort(port.protocol(), port.port()))
        .then(drop());
  }
}
