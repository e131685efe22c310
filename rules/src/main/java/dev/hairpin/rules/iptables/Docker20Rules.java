package dev.hairpin.rules.iptables;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * dockerd's own rules, line for line as 20.10.24 leaves them. It inserts a network's rules at the
 * head of each chain, so the newest network comes first, and appends those of ports.
 */
final class Docker20Rules {
  private static final String DOCKER = "DOCKER";
  private static final String USER = "DOCKER-USER";
  private static final String STAGE_1 = "DOCKER-ISOLATION-STAGE-1";
  private static final String STAGE_2 = "DOCKER-ISOLATION-STAGE-2";

  private final DesiredState state;
  private final Family family;
  private final List<BridgeNetwork> newestFirst;
  private final PortRules ports;

  Docker20Rules(DesiredState state, Family family) {
    this.state = state;
    this.family = family;
    this.newestFirst = state.networks().reversed();
    this.ports = new PortRules(state, family);
  }

  Ruleset rules() {
    List<HookRules> hooks = new ArrayList<>();
    hooks.add(forward());
    hooks.add(prerouting());
    hooks.add(output());
    hooks.add(postrouting());
    List<Rule> checksums = ports.fillChecksum();
    if (!checksums.isEmpty()) {
      hooks.add(HookRules.at(Table.MANGLE, Hook.POSTROUTING, List.of(), checksums));
    }
    return new Ruleset(
        family,
        List.of(
            Chain.regular(Table.FILTER, DOCKER, ports.openPort()),
            Chain.regular(Table.FILTER, STAGE_1, leavingNetworks()),
            Chain.regular(Table.FILTER, STAGE_2, enteringNetworks()),
            Chain.regular(Table.NAT, DOCKER, publishedPorts())),
        userChains(),
        hooks);
  }

  private List<Chain> userChains() {
    return hasUserChain()
        ? List.of(Chain.regular(Table.FILTER, USER, List.of(NetworkRules.end())))
        : List.of();
  }

  private boolean hasUserChain() {
    return state.options().userChains().contains(family);
  }

  private HookRules forward() {
    List<Rule> head = new ArrayList<>();
    if (hasUserChain()) {
      head.add(Jumps.always(USER, "without it, the user's own rules are not asked first"));
    }
    head.add(Jumps.always(STAGE_1, "without it, nothing keeps the networks apart"));
    for (BridgeNetwork network : newestFirst) {
      network.subnet(family).ifPresent(subnet -> head.addAll(forward(network)));
    }
    List<Rule> tail =
        state.networks().stream()
            .filter(network -> network.subnet(family).isPresent() && !network.icc())
            .map(NetworkRules::dropAmongMembers)
            .toList();
    return HookRules.at(Table.FILTER, Hook.FORWARD, head, tail).withPolicy(policy(state, family));
  }

  private static List<Rule> forward(BridgeNetwork network) {
    List<Rule> rules = new ArrayList<>();
    if (!network.internal()) {
      rules.add(NetworkRules.admitReplies(network));
      rules.add(NetworkRules.checkPorts(network, DOCKER));
      rules.add(NetworkRules.admitOutgoing(network));
    }
    if (network.icc()) {
      rules.add(NetworkRules.admitAmongMembers(network));
    }
    return rules;
  }

  /** A host that forwards only because of us must not forward for anybody else. */
  static Optional<Policy> policy(DesiredState state, Family family) {
    return state.options().dropForwarded().contains(family)
        ? Optional.of(Policy.DROP)
        : Optional.empty();
  }

  private List<Rule> leavingNetworks() {
    return ending(newestFirst.stream().flatMap(this::leavingNetwork));
  }

  private Stream<Rule> leavingNetwork(BridgeNetwork network) {
    if (!network.internal()) {
      return Stream.of(NetworkRules.leavingNetwork(network, STAGE_2));
    }
    return network.subnet(family).stream()
        .flatMap(subnet ->
            Stream.of(
                NetworkRules.dropIntoInternal(network, subnet),
                NetworkRules.dropOutOfInternal(network, subnet)));
  }

  private List<Rule> enteringNetworks() {
    return ending(
        newestFirst.stream()
            .filter(network -> !network.internal())
            .map(NetworkRules::enteringNetwork));
  }

  private static List<Rule> ending(Stream<Rule> rules) {
    return Stream.concat(rules, Stream.of(NetworkRules.end())).toList();
  }

  private HookRules prerouting() {
    return HookRules.at(Table.NAT, Hook.PREROUTING, List.of(), List.of(Jumps.arriving(DOCKER)));
  }

  private HookRules output() {
    return HookRules.at(
        Table.NAT,
        Hook.OUTPUT,
        List.of(),
        List.of(Jumps.sentByThisHost(DOCKER, state.options().proxyMode(), family)));
  }

  private HookRules postrouting() {
    List<Rule> networks =
        newestFirst.stream()
            .filter(network -> !network.internal())
            .flatMap(network ->
                network.subnet(family).stream()
                    .flatMap(subnet -> sourceNat(network, subnet, state.options().proxyMode())))
            .toList();
    return HookRules.at(Table.NAT, Hook.POSTROUTING, networks, ports.hairpin());
  }

  static Stream<Rule> sourceNat(BridgeNetwork network, IpPrefix subnet, ProxyMode proxyMode) {
    Stream<Rule> ofThisHost =
        switch (proxyMode) {
          case USERLAND -> Stream.empty();
          case HAIRPIN -> Stream.of(NetworkRules.masqueradeLocal(network));
        };
    Stream<Rule> ofMembers =
        network.masquerade()
            ? Stream.of(NetworkRules.masqueradeOutgoing(network, subnet))
            : Stream.empty();
    return Stream.concat(ofThisHost, ofMembers);
  }

  private List<Rule> publishedPorts() {
    return Stream.concat(
            newestFirst.stream()
                .flatMap(network -> leaveToProxy(network, state.options().proxyMode(), family)),
            ports.publish().stream())
        .toList();
  }

  /** Members of a network that is not masqueraded are DNATed, as dockerd does. */
  static Stream<Rule> leaveToProxy(BridgeNetwork network, ProxyMode proxyMode, Family family) {
    return switch (proxyMode) {
      case USERLAND ->
          network.masquerade() && !network.internal() && network.subnet(family).isPresent()
              ? Stream.of(NetworkRules.leaveToProxy(network))
              : Stream.empty();
      case HAIRPIN -> Stream.empty();
    };
  }
}
