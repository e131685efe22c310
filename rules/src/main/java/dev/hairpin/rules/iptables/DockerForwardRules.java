package dev.hairpin.rules.iptables;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * dockerd's own rules from 28 on, line for line as 28.5.2 and 29.7.2 leave them. FORWARD has
 * nothing but two jumps; what a network needs is appended to chains of dockerd's own, so the oldest
 * network comes first. Ports are opened at the head of DOCKER, above the rules that close the
 * networks, so the newest port comes first. In POSTROUTING it is the newest network.
 *
 * <p>The two generations differ in how networks are kept apart. 28 says so in a chain of its own.
 * 29 leaves it to the rules that close ports: a network's neighbours are as far away as anybody.
 */
abstract sealed class DockerForwardRules permits Docker28Rules, Docker29Rules {
  private static final String DOCKER = "DOCKER";
  private static final String BRIDGE = "DOCKER-BRIDGE";
  private static final String CONNECTIONS = "DOCKER-CT";
  private static final String FORWARD = "DOCKER-FORWARD";
  private static final String USER = "DOCKER-USER";

  final FamilyState state;
  final Family family;
  private final PortRules ports;

  DockerForwardRules(DesiredState wanted, Family family) {
    this.state = new FamilyState(wanted, family);
    this.family = family;
    this.ports = new PortRules(state);
  }

  final Ruleset rules() {
    List<Chain> chains = new ArrayList<>();
    chains.add(Chain.regular(Table.FILTER, DOCKER, openPorts()));
    chains.add(Chain.regular(Table.FILTER, BRIDGE, ofOpenNetworks(this::checkPorts)));
    chains.add(
        Chain.regular(Table.FILTER, CONNECTIONS, ofOpenNetworks(NetworkRules::admitReplies)));
    chains.add(Chain.regular(Table.FILTER, FORWARD, forwardedByDockerd()));
    chains.addAll(isolation());
    chains.add(Chain.regular(Table.NAT, DOCKER, publishedPorts()));
    return new Ruleset(family, chains, userChains(), hooks());
  }

  /** The chains that keep networks apart. */
  abstract List<Chain> isolation();

  /** The jump to the first of them. */
  abstract Rule isolate();

  /** What is accepted before anything else is asked. */
  abstract Stream<Rule> admitFirst();

  /** What comes from members and is not DNATed. */
  abstract Stream<Rule> leaveToProxy();

  private List<Chain> userChains() {
    return state.hasUserChain() ? List.of(Chain.regular(Table.FILTER, USER, List.of())) : List.of();
  }

  private List<HookRules> hooks() {
    List<HookRules> hooks = new ArrayList<>();
    List<Rule> directAccess = new DirectAccessRules(state).rules();
    if (!directAccess.isEmpty()) {
      hooks.add(HookRules.at(Table.RAW, Hook.PREROUTING, List.of(), directAccess));
    }
    hooks.add(forward());
    hooks.addAll(Jumps.toPublished(DOCKER, state.options().proxyMode(), family));
    hooks.add(postrouting());
    return hooks;
  }

  private HookRules forward() {
    List<Rule> head = new ArrayList<>();
    if (state.hasUserChain()) {
      head.add(Jumps.always(USER, "without it, the user's own rules are not asked first"));
    }
    head.add(
        Jumps.always(
            FORWARD,
            "without it, packets of containers meet none of dockerd's rules, only FORWARD's policy"));
    return HookRules.at(Table.FILTER, Hook.FORWARD, head, List.of())
        .withPolicy(state.forwardPolicy());
  }

  private List<Rule> forwardedByDockerd() {
    Stream<Rule> jumps =
        Stream.of(
            Jumps.always(
                CONNECTIONS,
                "without it, replies to containers are dropped like what nobody asked for"),
            isolate(),
            Jumps.always(BRIDGE, "without it, packets for published ports are not let in"));
    return Stream.of(admitFirst(), jumps, state.networks().stream().flatMap(this::fromMembers))
        .flatMap(rules -> rules)
        .toList();
  }

  /** An internal network has no way out, so only traffic among its members is spoken of. */
  private Stream<Rule> fromMembers(BridgeNetwork network) {
    if (network.internal()) {
      return Stream.of(
          network.icc()
              ? NetworkRules.admitAmongMembers(network)
              : NetworkRules.dropAmongMembers(network));
    }
    return network.icc()
        ? Stream.of(NetworkRules.admitFromMembers(network))
        : Stream.of(NetworkRules.dropAmongMembers(network), NetworkRules.admitOutgoing(network));
  }

  /** Links come last, and win: nothing above them speaks of packets that stay on their bridge. */
  private List<Rule> openPorts() {
    OpenPortRules open = new OpenPortRules(state);
    return Stream.of(
            open.protectedPorts().reversed().stream(),
            state.openNetworks().stream().flatMap(this::otherPorts),
            open.links().stream())
        .flatMap(rules -> rules)
        .toList();
  }

  private Stream<Rule> otherPorts(BridgeNetwork network) {
    return switch (network.gatewayMode(family)) {
      case NAT, ISOLATED -> Stream.of(NetworkRules.closeOtherPorts(network));
      case NAT_UNPROTECTED -> Stream.of(NetworkRules.openEveryPort(network));
      case ROUTED ->
          Stream.of(
              NetworkRules.admitPings(network, family), NetworkRules.closeOtherPorts(network));
    };
  }

  private Rule checkPorts(BridgeNetwork network) {
    return NetworkRules.checkPorts(network, DOCKER);
  }

  private List<Rule> ofOpenNetworks(Function<BridgeNetwork, Rule> rule) {
    return state.openNetworks().stream().map(rule).toList();
  }

  private List<Rule> publishedPorts() {
    return Stream.concat(leaveToProxy(), ports.publishBeyondLink().stream()).toList();
  }

  private HookRules postrouting() {
    List<Rule> networks =
        state.openNetworks().reversed().stream()
            .flatMap(network -> SourceNatRules.of(network, family, state.options().proxyMode()))
            .toList();
    return HookRules.at(Table.NAT, Hook.POSTROUTING, networks, hairpin());
  }

  /** With a proxy, a container that dials itself by way of the host is not DNATed. */
  private List<Rule> hairpin() {
    return switch (state.options().proxyMode()) {
      case USERLAND -> List.of();
      case HAIRPIN -> ports.hairpin();
    };
  }
}
