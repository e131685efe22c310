package dev.hairpin.rules.nftables;

import static dev.hairpin.rules.drafting.Reasons.because;
import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.netfilter.Action.masquerade;
import static dev.hairpin.rules.netfilter.Action.returnToCaller;
import static dev.hairpin.rules.netfilter.Match.connectionState;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.OurConnections;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.PortSet.Data;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The rules that ask the sets of {@link PublishedPorts}, as many whatever is published. */
final class LookUps {
  private static final IpPrefix LINK_LOCAL = IpPrefix.parse("fe80::/10");
  private static final String LOOPBACK = "lo";

  private final FamilyState state;

  LookUps(FamilyState state) {
    this.state = state;
  }

  /** Send connections for host ports on, but for those that the proxy should answer. */
  List<Rule> publish() {
    return Stream.concat(leaveAlone().stream(), translate()).toList();
  }

  /**
   * The same beside others' rules, with a label by which {@link OurConnections} are told. The chain
   * must be the last that may change the destination: what it has no port for keeps it then, and
   * the label says no more than that it was asked.
   */
  List<Rule> publishLabelled() {
    Rule label =
        rule(Reason.of(
                "without it, published packets are not known again where dockerd's rules drop what"
                    + " dockerd has not published"))
            .then(new Action.LabelConnection(OurConnections.LABEL));
    return Stream.of(leaveAlone().stream(), Stream.of(label), translate())
        .flatMap(rules -> rules)
        .toList();
  }

  /** What is published on one address comes first. */
  private Stream<Rule> translate() {
    return PublishedPorts.maps().map(this::publish);
  }

  private List<Rule> leaveAlone() {
    List<Rule> rules = new ArrayList<>();
    switch (state.family()) {
      case IPV4 -> {}
      case IPV6 ->
          rules.add(
              rule(Reason.of(
                      "without it, packets from link-local addresses are sent on, which the kernel"
                          + " forwards nowhere; the proxy answers them"))
                  .when(source(LINK_LOCAL))
                  .then(returnToCaller()));
    }
    leftToProxy().ifPresent(rules::add);
    return rules;
  }

  /**
   * Where there is a proxy it answers containers. What br_netfilter translates would have to leave
   * by the bridge's port that it came by, which only a port in hairpin mode lets it (br_forward.c,
   * should_deliver), and dockerd sets that mode only where there is no proxy. Internal networks
   * reach nothing, the proxy included.
   */
  private Optional<Rule> leftToProxy() {
    List<String> bridges =
        state.openNetworks().stream().map(BridgeNetwork::bridge).distinct().toList();
    return switch (state.options().proxyMode()) {
      case HAIRPIN -> Optional.empty();
      case USERLAND ->
          bridges.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  rule(Reason.of(
                          "without it, packets that containers send to published ports of their own"
                              + " network would have to leave by the bridge's port that they came by;"
                              + " the proxy answers them"))
                      .when(arrivedBy(bridges))
                      .then(returnToCaller()));
    };
  }

  /** nft prints a set of one as that one. */
  private static Match arrivedBy(List<String> bridges) {
    return bridges.size() == 1
        ? inputInterface(bridges.getFirst())
        : new Match.InputInterfaceAmong(bridges);
  }

  private Rule publish(PublishedPorts.Kind map) {
    PortSet.Type type = map.type(state.family());
    String ports = type.data() == Data.ADDRESS ? "ranges of ports" : "ports";
    String where = type.byAddress() ? "one address" : "all addresses";
    return rule(because("packets to %s are not sent on", ports + " published on " + where))
        .when(new Match.HasPorts())
        .then(new Action.DnatByPort(state.family(), type.byAddress(), map.set()));
  }

  /**
   * Let connections to a network's published ports in: those that were translated, and others where
   * members may be addressed themselves. Members' own too, whether or not they may talk to each
   * other: a published port is everybody's.
   */
  List<Rule> open(BridgeNetwork network) {
    return switch (network.gatewayMode(state.family())) {
      case NAT_UNPROTECTED, ISOLATED -> List.of();
      case ROUTED -> open(network, List.of());
      case NAT -> state.options().directRouting() ? open(network, List.of()) : openNat(network);
    };
  }

  private List<Rule> openNat(BridgeNetwork network) {
    Stream<Rule> trusted =
        network.trustedInterfaces().stream()
            .distinct()
            .flatMap(name -> open(network, List.of(inputInterface(name))).stream());
    return Stream.concat(open(network, List.of(translated())).stream(), trusted).toList();
  }

  private List<Rule> open(BridgeNetwork network, List<Match> condition) {
    return PublishedPorts.openSets()
        .map(set -> {
          Rule.Draft draft =
              rule(because("packets for published ports of %s are dropped", network.bridge()));
          condition.forEach(draft::when);
          return draft.when(among(set)).then(accept());
        })
        .toList();
  }

  /**
   * Cover members that reach a published port of their own network's by way of the host: answered
   * past the host, they would not know who speaks. They are known by their addresses, since packets
   * that a bridge passes on have no input here (br_netfilter_hooks.c, br_nf_post_routing).
   */
  Stream<Rule> hairpin(BridgeNetwork network) {
    return switch (state.options().proxyMode()) {
      case USERLAND -> Stream.empty();
      case HAIRPIN ->
          PublishedPorts.openSets().map(set -> cover(network, List.of(translated(), among(set))));
    };
  }

  /** The same where our connections have a label. */
  Stream<Rule> hairpinLabelled(BridgeNetwork network) {
    return switch (state.options().proxyMode()) {
      case USERLAND -> Stream.empty();
      case HAIRPIN -> Stream.of(cover(network, OurConnections.MATCHES));
    };
  }

  private Rule cover(BridgeNetwork network, List<Match> published) {
    Rule.Draft draft =
        rule(because(
                "members of %s that call a published port of their own network's are answered past"
                    + " this host, from an address that they did not call",
                network.bridge()))
            .when(source(network.subnet(state.family()).orElseThrow()));
    published.forEach(draft::when);
    return draft.then(masquerade());
  }

  /**
   * What neighbours address to a port that is published on a loopback address. In IPv6 the kernel
   * itself drops what arrives for ::1.
   */
  List<Rule> dropFromAfar() {
    return switch (state.family()) {
      case IPV4 -> List.of(dropFromOtherThanLoopback());
      case IPV6 -> List.of();
    };
  }

  private Rule dropFromOtherThanLoopback() {
    return rule(Reason.of(
            "without it, packets that a neighbour addresses to ports published on a loopback"
                + " address are sent on, although these are for this host alone"))
        .when(not(inputInterface(LOOPBACK)))
        .when(among(PublishedPorts.Kind.LOOPBACK_PORTS))
        .then(drop());
  }

  private Match among(PublishedPorts.Kind set) {
    return new Match.DestinationAmong(state.family(), set.set());
  }

  private static Match translated() {
    return connectionState(State.DNAT);
  }
}
