package dev.hairpin.rules.iptables;

import static dev.hairpin.rules.netfilter.Action.dnatTo;
import static dev.hairpin.rules.netfilter.Action.masquerade;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.destinationPort;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The rules that each published port has. */
final class PortRules {
  private static final IpPrefix LINK_LOCAL = IpPrefix.parse("fe80::/10");
  private static final String NEIGHBOURS_COME =
      "only what a neighbour sends to that address comes here";

  private final FamilyState state;
  private final List<PortBinding> bindings;

  PortRules(FamilyState state) {
    this.state = state;
    this.bindings = state.bindings();
  }

  List<Rule> publish() {
    return each(binding -> publish(binding, Optional.empty(), NEIGHBOURS_COME));
  }

  /**
   * As {@link #publish()}, where {@link DirectAccessRules} come first. Link-local clients are left
   * to the proxy, as from dockerd 28 on: the kernel forwards nothing that comes from such an
   * address.
   */
  List<Rule> publishBeyondLink() {
    String neighbours = state.options().rawTable() ? Reasons.NEIGHBOURS_DROPPED : NEIGHBOURS_COME;
    return each(binding -> publish(binding, fromBeyondLink(), neighbours));
  }

  List<Rule> hairpin() {
    return each(PortRules::hairpin);
  }

  /** Only SCTP needs it. */
  List<Rule> fillChecksum() {
    return bindings.stream()
        .filter(binding -> binding.protocol() == Protocol.SCTP)
        .map(PortRules::fillChecksum)
        .distinct()
        .toList();
  }

  /** Two host ports of one container port share the rules that only speak of the latter. */
  private List<Rule> each(Function<PortBinding, Rule> rule) {
    return bindings.stream().map(rule).distinct().toList();
  }

  /** Sends connections for the host port on to the container. */
  private Rule publish(PortBinding binding, Optional<Match> source, String neighbours) {
    return rule(Reasons.notTranslated(binding, state.options().proxyMode(), neighbours))
        .when(source)
        .when(addressedTo(binding.hostPort().address()))
        .when(fromElsewhere(binding))
        .when(destinationPort(binding.protocol(), binding.hostPort().port()))
        .then(dnatTo(binding.containerAddress(), binding.containerPort()));
  }

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

  /** Covers the container that reaches its own port through the host. */
  private static Rule hairpin(PortBinding binding) {
    IpPrefix container = IpPrefix.of(binding.containerAddress());
    return rule(Reasons.ownPortInVain(binding))
        .when(source(container))
        .when(destination(container))
        .when(destinationPort(binding.protocol(), binding.containerPort()))
        .then(masquerade());
  }

  /** As dockerd up to 28: SCTP's checksum may be left to hardware that a bridge hasn't got. */
  private static Rule fillChecksum(PortBinding binding) {
    return rule(Reason.of(
            "without it, answers from port "
                + binding.containerPort()
                + "/sctp may leave with a wrong checksum, and clients drop them",
            binding))
        .when(new Match.SourcePort(Protocol.SCTP, PortRange.of(binding.containerPort())))
        .then(new Action.Verbatim("-j CHECKSUM --checksum-fill"));
  }
}
