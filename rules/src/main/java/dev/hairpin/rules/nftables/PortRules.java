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

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.RoutedPort;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The rules that published ports have in one family's table. It is the container's family: a
 * binding of another family's host address is the proxy's, but dockerd opens its port here.
 */
final class PortRules {
  private static final IpPrefix LINK_LOCAL = IpPrefix.parse("fe80::/10");

  private final DesiredState state;
  private final Family family;
  private final List<PortBinding> bindings;

  PortRules(DesiredState state, Family family) {
    this.state = state;
    this.family = family;
    this.bindings =
        state.bindings().stream()
            .filter(binding -> binding.containerAddress().family() == family)
            .filter(this::isOnReachableNetwork)
            .toList();
  }

  /** Send connections for host ports on to the containers. */
  List<Rule> publish() {
    return bindings.stream().filter(PortBinding::isWithinOneFamily).map(this::publish).toList();
  }

  /** Let connections to a network's published ports in. */
  List<Rule> open(BridgeNetwork network) {
    if (network.gatewayMode(family) == GatewayMode.NAT_UNPROTECTED) {
      return List.of();
    }
    Stream<Rule> translated = on(network).map(PortRules::open);
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
          on(network).filter(PortBinding::isWithinOneFamily).map(PortRules::hairpin).distinct();
    };
  }

  private Stream<PortBinding> on(BridgeNetwork network) {
    return bindings.stream().filter(binding -> isOn(network, binding.containerAddress()));
  }

  private boolean isOn(BridgeNetwork network, IpAddress address) {
    return address.family() == family
        && state.networkOf(address).filter(network::equals).isPresent();
  }

  private Rule publish(PortBinding binding) {
    return rule(Reason.of(lostWithoutDnat(binding), binding))
        .when(fromElsewhere(binding))
        .when(notFromLink())
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
          state
              .networkOf(binding.containerAddress())
              .map(network -> not(inputInterface(network.bridge())));
      case HAIRPIN -> Optional.empty();
    };
  }

  /** A container can't reply to an address that is only good on the link that the client is on. */
  private Optional<Match> notFromLink() {
    return switch (family) {
      case IPV4 -> Optional.empty();
      case IPV6 -> Optional.of(not(source(LINK_LOCAL)));
    };
  }

  /** A wildcard needs no match: the jump into this chain already asks for a local address. */
  private static Optional<Match> addressedTo(IpAddress host) {
    return host.isWildcard() ? Optional.empty() : Optional.of(destination(IpPrefix.of(host)));
  }

  private String lostWithoutDnat(PortBinding binding) {
    ProxyMode proxyMode = state.options().proxyMode();
    return switch (proxyMode) {
      case USERLAND ->
          binding.hostPort().address().isLoopback()
              ? "the proxy serves "
                  + binding.hostPort()
                  + "; packets to a loopback address come here only from a neighbour, and don't get"
                  + " this far"
              : "without it, packets to "
                  + binding.hostPort()
                  + " go through the proxy, and "
                  + binding.publisher()
                  + " does not see who sent them";
      case HAIRPIN ->
          "without it, packets to "
              + binding.hostPort()
              + " end at this host, where nothing answers them";
    };
  }

  private static Rule open(PortBinding binding) {
    String to = binding.containerAddress().withPort(binding.containerPort());
    Reason reason =
        binding.isWithinOneFamily()
            ? Reason.of("without it, packets for " + to + " are dropped as unpublished", binding)
            : Reason.of(
                "the proxy sends what comes to "
                    + binding.hostPort()
                    + " on from this host, and needs no rule; a neighbour may send to "
                    + to
                    + " itself where that isn't dropped before",
                binding);
    return open(reason, binding.containerAddress(), binding.protocol(), binding.containerPort());
  }

  private static Rule open(RoutedPort port) {
    return open(
        Reason.of(
            "without it, packets for "
                + port.containerAddress().withPort(port.containerPort())
                + ", which "
                + port.publisher()
                + " publishes, are dropped as unpublished"),
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
    return rule(Reason.of(
            "without it, packets that "
                + binding.publisher()
                + " sends to its own published port come back from its own address, and it"
                + " drops them",
            binding))
        .when(source(container))
        .when(destination(container))
        .when(destinationPort(binding.protocol(), binding.containerPort()))
        .when(comment("MASQ TO OWN PORT"))
        .then(masquerade());
  }

  /** dockerd publishes nothing from an internal network; its rules would drop the packets. */
  private boolean isOnReachableNetwork(PortBinding binding) {
    return state.networkOf(binding.containerAddress()).stream().noneMatch(BridgeNetwork::internal);
  }
}
