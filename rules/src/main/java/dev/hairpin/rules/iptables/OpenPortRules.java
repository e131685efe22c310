package dev.hairpin.rules.iptables;

import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Match.connectionState;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationPort;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Match.outputInterface;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Match.sourcePort;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.RoutedPort;
import dev.hairpin.rules.drafting.ArrivedRule;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The rules that let packets in: to published ports, and from one linked container to another. */
final class OpenPortRules {
  private static final String BY_POLICY = "where FORWARD drops what nobody accepts";

  private final FamilyState state;

  OpenPortRules(FamilyState state) {
    this.state = state;
  }

  /** Published ports and links, those of whoever came first before the others. */
  List<Rule> portsAndLinks() {
    return ArrivedRule.written(Stream.concat(ports(address -> true, BY_POLICY), arrivedLinks()));
  }

  /** Published ports of networks whose other ports are closed. */
  List<Rule> protectedPorts() {
    return ArrivedRule.written(ports(this::isProtected, Reasons.AS_UNPUBLISHED));
  }

  /** Host ports only, for a place where nothing has isolated the networks yet. */
  List<Rule> translatedPorts() {
    return state.bindings().stream()
        .map(binding ->
            openPort(binding, BY_POLICY).when(connectionState(State.DNAT)).then(accept()))
        .distinct()
        .toList();
  }

  /** In the order in which the links were made. */
  List<Rule> links() {
    return state.links().stream().flatMap(OpenPortRules::link).distinct().toList();
  }

  private Stream<ArrivedRule> ports(Predicate<IpAddress> wanted, String dropped) {
    Stream<ArrivedRule> bindings =
        state.bindings().stream()
            .filter(binding -> wanted.test(binding.containerAddress()))
            .map(binding ->
                new ArrivedRule(
                    state.arrivalOf(binding.containerAddress()),
                    openPort(binding, dropped).then(accept())));
    Stream<ArrivedRule> routed =
        state.routed().stream()
            .filter(port -> wanted.test(port.containerAddress()))
            .map(port ->
                new ArrivedRule(
                    state.arrivalOf(port.containerAddress()),
                    openPort(port, dropped).then(accept())));
    return Stream.concat(ArrivedRule.inTurn(bindings), routed);
  }

  private boolean isProtected(IpAddress address) {
    return state
        .networkOf(address)
        .map(network -> network.gatewayMode(state.family()) != GatewayMode.NAT_UNPROTECTED)
        .orElse(true);
  }

  private Rule.Draft openPort(PortBinding binding, String dropped) {
    return openPort(
        binding.protocol(),
        binding.containerAddress(),
        binding.containerPort(),
        where -> Reasons.closed(where, dropped).serving(binding));
  }

  private Rule.Draft openPort(RoutedPort port, String dropped) {
    return openPort(
        port.protocol(),
        port.containerAddress(),
        port.containerPort(),
        where -> Reasons.closed(where, dropped));
  }

  /** Lets connections to the container's port in. */
  private Rule.Draft openPort(
      Protocol protocol, IpAddress container, int port, Function<String, Reason> because) {
    return rule(because.apply(container.withPort(port)))
        .when(destination(IpPrefix.of(container)))
        .when(state.bridge(container).map(bridge -> not(inputInterface(bridge))))
        .when(state.bridge(container).map(Match::outputInterface))
        .when(destinationPort(protocol, port));
  }

  /** A link is made when the second of the two containers starts. */
  private Stream<ArrivedRule> arrivedLinks() {
    return state.links().stream()
        .flatMap(link -> {
          int arrival = Math.max(state.arrivalOf(link.parent()), state.arrivalOf(link.child()));
          return link(link).map(rule -> new ArrivedRule(arrival, rule));
        });
  }

  private static Stream<Rule> link(Link link) {
    return Stream.of(
        rule(Reasons.linkedDropped(link))
            .when(source(IpPrefix.of(link.parent())))
            .when(destination(IpPrefix.of(link.child())))
            .when(inputInterface(link.bridge()))
            .when(outputInterface(link.bridge()))
            .when(destinationPort(link.protocol(), link.port()))
            .then(accept()),
        rule(Reasons.linkedUnaskedDropped(link))
            .when(source(IpPrefix.of(link.child())))
            .when(destination(IpPrefix.of(link.parent())))
            .when(inputInterface(link.bridge()))
            .when(outputInterface(link.bridge()))
            .when(sourcePort(link.protocol(), link.port()))
            .then(accept()));
  }
}
