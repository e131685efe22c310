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
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Our rules beside a dockerd's. Everything is in chains of our own, so that nothing of ours can be
 * taken for dockerd's, or be in its way.
 *
 * <ul>
 *   <li>nat HAIRPIN publishes; dockerd's jump to DOCKER comes first.
 *   <li>filter HAIRPIN opens ports. It is asked in DOCKER-USER, after the user's own rules there
 *       and before dockerd's: a dockerd from 28 on drops what is not published by itself. Only what
 *       was DNATed passes, because dockerd's isolation comes later.
 *   <li>HAIRPIN-FORWARD lets a network's other packets pass, behind all that dockerd and others
 *       have to say. It asks HAIRPIN as well: dockerd before 27 makes no DOCKER-USER for IPv6.
 *   <li>HAIRPIN-POSTROUTING masquerades, behind dockerd's rules too.
 *   <li>FORWARD drops what nobody accepts where the host forwards only because of us: dockerd sets
 *       that policy only when it switches forwarding on itself, and 20.10 never for IPv6.
 * </ul>
 */
final class BesideDockerd {
  private static final String USER = "DOCKER-USER";
  private static final String PORTS = "HAIRPIN";
  private static final String FORWARD = "HAIRPIN-FORWARD";
  private static final String POSTROUTING = "HAIRPIN-POSTROUTING";

  private final FamilyState state;
  private final Family family;
  private final List<BridgeNetwork> networks;
  private final PortRules ports;

  BesideDockerd(DesiredState wanted, Family family) {
    this.state = new FamilyState(wanted, family);
    this.family = family;
    this.networks = state.networks();
    this.ports = new PortRules(state);
  }

  Ruleset rules() {
    List<HookRules> hooks = new ArrayList<>();
    hooks.add(
        new HookRules(
            Table.FILTER,
            USER,
            Optional.empty(),
            List.of(),
            List.of(Jumps.always(PORTS, "without it, dockerd's rules drop published packets"))));
    hooks.add(
        last(Table.FILTER, Hook.FORWARD, FORWARD, "packets of networks are dropped")
            .withPolicy(state.forwardPolicy()));
    hooks.add(
        HookRules.at(
            Table.NAT,
            Hook.PREROUTING,
            List.of(),
            List.of(Jumps.arrivingByNetwork(PORTS, family))));
    hooks.add(
        HookRules.at(
            Table.NAT,
            Hook.OUTPUT,
            List.of(),
            List.of(Jumps.sentToRoutable(PORTS, state.options().proxyMode(), family))));
    hooks.add(last(Table.NAT, Hook.POSTROUTING, POSTROUTING, "packets leave that get no reply"));
    List<Chain> chains = new ArrayList<>();
    chains.add(Chain.regular(Table.FILTER, PORTS, new OpenPortRules(state).translatedPorts()));
    chains.add(Chain.regular(Table.FILTER, FORWARD, forward()));
    chains.add(Chain.regular(Table.NAT, PORTS, publishedPorts()));
    chains.add(Chain.regular(Table.NAT, POSTROUTING, sourceNat()));
    List<Rule> checksums = ports.fillChecksum();
    if (!checksums.isEmpty()) {
      hooks.add(last(Table.MANGLE, Hook.POSTROUTING, POSTROUTING, "SCTP's checksums are wrong"));
      chains.add(Chain.regular(Table.MANGLE, POSTROUTING, checksums));
    }
    return new Ruleset(
        family,
        chains,
        List.of(Chain.regular(Table.FILTER, USER, List.of(NetworkRules.end()))),
        hooks);
  }

  private static HookRules last(Table table, Hook hook, String chain, String lost) {
    return HookRules.at(
        table, hook, List.of(), List.of(Jumps.always(chain, "without it, " + lost)));
  }

  private List<Rule> publishedPorts() {
    return Stream.concat(leaveToProxy(), ports.publish().stream()).toList();
  }

  private Stream<Rule> leaveToProxy() {
    return NetworkRules.leaveToProxy(
        state.options().proxyMode(),
        state.openNetworks().stream()
            .filter(network -> SourceNatRules.translates(network, family)));
  }

  /** Accepts what belongs to a network, but nothing that opens one network to another. */
  private List<Rule> forward() {
    List<Rule> rules = new ArrayList<>();
    rules.add(
        Jumps.always(PORTS, "without it, published packets that met no DOCKER-USER are dropped"));
    List<BridgeNetwork> outgoing = state.openNetworks();
    outgoing.stream().map(NetworkRules::admitReplies).forEach(rules::add);
    networks.stream()
        .filter(BridgeNetwork::icc)
        .map(NetworkRules::admitAmongMembers)
        .forEach(rules::add);
    networks.stream().map(NetworkRules::leaveToOthers).forEach(rules::add);
    outgoing.stream().map(NetworkRules::admitOutgoing).forEach(rules::add);
    return rules;
  }

  private List<Rule> sourceNat() {
    Stream<Rule> ofNetworks =
        state.openNetworks().stream()
            .flatMap(network -> SourceNatRules.of(network, family, state.options().proxyMode()));
    return Stream.concat(ofNetworks, ports.hairpin().stream()).toList();
  }
}
