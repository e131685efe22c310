package dev.hairpin.rules.iptables;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
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
  private static final String REACHED = "published or not";

  private final FamilyState state;
  private final Family family;
  private final List<BridgeNetwork> newestFirst;
  private final PortRules ports;

  Docker20Rules(DesiredState wanted, Family family) {
    this.state = new FamilyState(wanted, family);
    this.family = family;
    this.newestFirst = state.allNetworks().reversed();
    this.ports = new PortRules(state);
  }

  Ruleset rules() {
    List<HookRules> hooks = new ArrayList<>();
    hooks.add(forward());
    if (publishesFromSomewhere()) {
      hooks.addAll(Jumps.toPublished(DOCKER, state.options().proxyMode(), family));
    }
    hooks.add(postrouting());
    List<Rule> checksums = ports.fillChecksum();
    if (!checksums.isEmpty()) {
      hooks.add(HookRules.at(Table.MANGLE, Hook.POSTROUTING, List.of(), checksums));
    }
    return new Ruleset(
        family,
        List.of(
            Chain.regular(Table.FILTER, DOCKER, new OpenPortRules(state).portsAndLinks()),
            Chain.regular(Table.FILTER, STAGE_1, leavingNetworks()),
            Chain.regular(Table.FILTER, STAGE_2, enteringNetworks()),
            Chain.regular(Table.NAT, DOCKER, publishedPorts())),
        userChains(),
        hooks);
  }

  /** dockerd makes its jumps with the first network that needs them, not when it starts. */
  private boolean publishesFromSomewhere() {
    return !state.openNetworks().isEmpty() || !state.bindings().isEmpty();
  }

  private List<Chain> userChains() {
    return state.hasUserChain()
        ? List.of(Chain.regular(Table.FILTER, USER, List.of(NetworkRules.end())))
        : List.of();
  }

  private HookRules forward() {
    List<Rule> head = new ArrayList<>();
    if (state.hasUserChain()) {
      head.add(Jumps.always(USER, "without it, the user's own rules are not asked first"));
    }
    if (!state.networks().isEmpty()) {
      head.add(Jumps.always(STAGE_1, "without it, nothing keeps the networks apart"));
    }
    for (BridgeNetwork network : newestFirst) {
      network.subnet(family).ifPresent(subnet -> head.addAll(forward(network)));
    }
    List<Rule> tail =
        state.networks().stream()
            .filter(network -> !network.icc())
            .map(NetworkRules::dropAmongMembers)
            .toList();
    return HookRules.at(Table.FILTER, Hook.FORWARD, head, tail).withPolicy(state.forwardPolicy());
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

  private List<Rule> leavingNetworks() {
    return ending(newestFirst.stream().flatMap(this::leavingNetwork));
  }

  private Stream<Rule> leavingNetwork(BridgeNetwork network) {
    return network.internal()
        ? network.subnet(family).stream().flatMap(subnet -> closeInternal(network, subnet).stream())
        : Stream.of(IsolationRules.leavingNetwork(network, STAGE_2, REACHED));
  }

  /** 20.10, which has no DOCKER-USER in IPv6, has no words of its own for IPv6 here either. */
  private List<Rule> closeInternal(BridgeNetwork network, IpPrefix subnet) {
    return state.hasUserChain()
        ? IsolationRules.closeInternal(network, subnet)
        : IsolationRules.closeByAddress(network, subnet);
  }

  private List<Rule> enteringNetworks() {
    return ending(
        newestFirst.stream()
            .filter(network -> !network.internal())
            .map(network -> IsolationRules.enteringNetwork(network, REACHED)));
  }

  private static List<Rule> ending(Stream<Rule> rules) {
    return Stream.concat(rules, Stream.of(NetworkRules.end())).toList();
  }

  private HookRules postrouting() {
    List<Rule> networks =
        state.openNetworks().reversed().stream()
            .flatMap(network -> SourceNatRules.of(network, family, state.options().proxyMode()))
            .toList();
    return HookRules.at(Table.NAT, Hook.POSTROUTING, networks, ports.hairpin());
  }

  private List<Rule> publishedPorts() {
    return Stream.concat(leaveToProxy(), ports.publish().stream()).toList();
  }

  /** Members of a network that is not translated are DNATed, as dockerd does. */
  private Stream<Rule> leaveToProxy() {
    return NetworkRules.leaveToProxy(
        state.options().proxyMode(),
        state.openNetworks().reversed().stream()
            .filter(network -> SourceNatRules.translates(network, family)));
  }
}
