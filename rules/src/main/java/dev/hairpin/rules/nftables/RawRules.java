package dev.hairpin.rules.nftables;

import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.netfilter.Match.comment;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationPort;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is dropped before any address is translated, as long as it shows where a packet was really
 * sent to. A member's rules come in the order of dockerd's doing: its own when it joins, then those
 * of its ports.
 */
final class RawRules {
  private final DesiredState state;
  private final Family family;

  RawRules(DesiredState state, Family family) {
    this.state = state;
    this.family = family;
  }

  List<Rule> rules() {
    List<Rule> rules = new ArrayList<>();
    List<PortBinding> onLoopback = new ArrayList<>(boundToLoopback());
    for (Member member : state.members()) {
      for (IpAddress address : member.addresses()) {
        if (address.family() == family) {
          dropDirectAccess(member, address).ifPresent(rules::add);
          onLoopback.stream()
              .filter(binding -> binding.containerAddress().equals(address))
              .map(RawRules::dropRemoteLoopback)
              .forEach(rules::add);
          onLoopback.removeIf(binding -> binding.containerAddress().equals(address));
        }
      }
    }
    onLoopback.stream().map(RawRules::dropRemoteLoopback).forEach(rules::add);
    return rules;
  }

  /** The kernel itself never lets ::1 in from outside. */
  private List<PortBinding> boundToLoopback() {
    return switch (family) {
      case IPV4 ->
          state.bindings().stream()
              .filter(PortBinding::isWithinOneFamily)
              .filter(binding -> binding.hostPort().address().family() == family)
              .filter(binding -> binding.hostPort().address().isLoopback())
              .filter(binding -> network(binding).stream().noneMatch(BridgeNetwork::internal))
              .toList();
      case IPV6 -> List.of();
    };
  }

  private Optional<BridgeNetwork> network(PortBinding binding) {
    return state.networkOf(binding.containerAddress());
  }

  private Optional<Rule> dropDirectAccess(Member member, IpAddress address) {
    return state.networks().stream()
        .filter(network -> network.bridge().equals(member.bridge()))
        .filter(this::isReachedByPublishedPortsOnly)
        .findFirst()
        .map(network ->
            rule(Reason.of(
                    "without it, neighbours and members of other networks reach the published ports of "
                        + member.publisher()
                        + " at "
                        + address
                        + ", past the host's own ports"))
                .when(destination(IpPrefix.of(address)))
                .when(not(fromNetworkOrTrusted(network)))
                .when(comment("DROP DIRECT ACCESS"))
                .then(drop()));
  }

  private boolean isReachedByPublishedPortsOnly(BridgeNetwork network) {
    return !network.internal()
        && network.gatewayMode(family) == GatewayMode.NAT
        && !state.options().directRouting();
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

  private static Rule dropRemoteLoopback(PortBinding binding) {
    return rule(Reason.of(
            "without it, a neighbour that sends to "
                + binding.hostPort()
                + " by the network reaches what is published for this host alone",
            binding))
        .when(not(inputInterface("lo")))
        .when(destination(IpPrefix.of(binding.hostPort().address())))
        .when(destinationPort(binding.protocol(), binding.hostPort().port()))
        .when(comment("DROP REMOTE LOOPBACK"))
        .then(drop());
  }
}
