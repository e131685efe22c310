package dev.hairpin.rules.nftables;

import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Action.dnatTo;
import static dev.hairpin.rules.netfilter.Action.masquerade;
import static dev.hairpin.rules.netfilter.Match.comment;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationPort;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.RoutedPort;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The rules that published ports have, but for those of {@link RawRules}. */
final class PortRules {
  private static final IpPrefix LINK_LOCAL = IpPrefix.parse("fe80::/10");

  private final FamilyState state;

  PortRules(FamilyState state) {
    this.state = state;
  }

  /** Send connections for host ports on to the containers. */
  List<Rule> publish() {
    return state.bindings().stream().map(this::publish).distinct().toList();
  }

  /**
   * Let connections to a network's published ports in. dockerd opens a port also for the proxy,
   * which sends from this host and doesn't come this way.
   */
  List<Rule> open(BridgeNetwork network) {
    if (network.gatewayMode(state.family()) == GatewayMode.NAT_UNPROTECTED) {
      return List.of();
    }
    Stream<Rule> translated =
        state.bindingsToMembers().stream()
            .filter(binding -> isOn(network, binding.containerAddress()))
            .map(PortRules::open);
    Stream<Rule> routed =
        state.routed().stream()
            .filter(port -> isOn(network, port.containerAddress()))
            .map(PortRules::open);
    // Two host ports of one container port share the rule.
    return Stream.concat(translated, routed).distinct().toList();
  }

  /** Cover containers that reach their own ports through the host, where no proxy does. */
  Stream<Rule> hairpin(BridgeNetwork network) {
    return switch (state.options().proxyMode()) {
      case USERLAND -> Stream.empty();
      case HAIRPIN ->
          state.bindings().stream()
              .filter(binding -> isOn(network, binding.containerAddress()))
              .map(PortRules::hairpin)
              .distinct();
    };
  }

  private boolean isOn(BridgeNetwork network, IpAddress address) {
    return state.networkOf(address).filter(network::equals).isPresent();
  }

  private Rule publish(PortBinding binding) {
    return rule(Reasons.notTranslated(
            binding, state.options().proxyMode(), Reasons.NEIGHBOURS_DROPPED))
        .when(fromElsewhere(binding))
        .when(fromBeyondLink())
        .when(addressedTo(binding.hostPort().address()))
        .when(destinationPort(binding.protocol(), binding.hostPort().port()))
        .when(comment("DNAT"))
        .then(dnatTo(binding.containerAddress(), binding.containerPort()));
  }

  /**
   * With a userland proxy, a container that dials a port published from its own network is answered
   * by the proxy and must not be DNATed. Without one every source is, and {@link #hairpin}
   * masquerades what would otherwise be answered past the host.
   */
  private Optional<Match> fromElsewhere(PortBinding binding) {
    return switch (state.options().proxyMode()) {
      case USERLAND ->
          state.bridge(binding.containerAddress()).map(bridge -> not(inputInterface(bridge)));
      case HAIRPIN -> Optional.empty();
    };
  }

  /** The kernel forwards nothing that comes from a link-local address; the proxy answers. */
  private Optional<Match> fromBeyondLink() {
    return switch (state.family()) {
      case IPV4 -> Optional.empty();
      case IPV6 -> Optional.of(not(source(LINK_LOCAL)));
    };
  }

  /** A wildcard needs no match: the jump into this chain already asks for a local address. */
  private static Optional<Match> addressedTo(IpAddress host) {
    return host.isWildcard() ? Optional.empty() : Optional.of(destination(IpPrefix.of(host)));
  }

  private static Rule open(PortBinding binding) {
    String where = binding.containerAddress().withPort(binding.containerPort());
    Reason reason =
        binding.isWithinOneFamily()
            ? Reasons.closed(where, Reasons.AS_UNPUBLISHED)
            : Reason.of(
                "the proxy sends what comes to "
                    + binding.hostPort()
                    + " on from this host, and needs no rule; others may send to "
                    + where
                    + " where nothing has dropped that before");
    return open(
        reason.serving(binding),
        binding.containerAddress(),
        binding.protocol(),
        binding.containerPort());
  }

  private static Rule open(RoutedPort port) {
    return open(
        Reasons.closed(
            port.containerAddress().withPort(port.containerPort()), Reasons.AS_UNPUBLISHED),
        port.containerAddress(),
        port.protocol(),
        port.containerPort());
  }

  private static Rule open(Reason reason, IpAddress container, Protocol protocol, int port) {
    return rule(reason)
        .when(destination(IpPrefix.of(container)))
        .when(destinationPort(protocol, port))
        .then(accept());
  }

  private static Rule hairpin(PortBinding binding) {
    IpPrefix container = IpPrefix.of(binding.containerAddress());
    return rule(Reasons.ownPortInVain(binding))
        .when(source(container))
        .when(destination(container))
        .when(destinationPort(binding.protocol(), binding.containerPort()))
        .when(comment("MASQ TO OWN PORT"))
        .then(masquerade());
  }
}
