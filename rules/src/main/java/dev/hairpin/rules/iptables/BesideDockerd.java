package dev.hairpin.rules.iptables;

import dev.hairpin.rules.address.Family;
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
 * Our rules beside a dockerd's, all of them in iptables: the {@link BesideFilter}, with rules for
 * each port, and
 *
 * <ul>
 *   <li>nat HAIRPIN, which publishes; dockerd's jump to DOCKER comes first.
 *   <li>HAIRPIN-POSTROUTING, which masquerades, behind dockerd's rules too.
 * </ul>
 */
final class BesideDockerd {
  private static final String PORTS = BesideFilter.PORTS;
  private static final String POSTROUTING = "HAIRPIN-POSTROUTING";

  private final FamilyState state;
  private final Family family;
  private final PortRules ports;

  BesideDockerd(FamilyState state) {
    this.state = state;
    this.family = state.family();
    this.ports = new PortRules(state);
  }

  Ruleset rules() {
    Ruleset filter = BesideFilter.opening(state, new OpenPortRules(state).translatedPorts());
    List<HookRules> hooks = new ArrayList<>(filter.hooks());
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
    hooks.add(leaving(Table.NAT, "packets leave that get no reply"));
    List<Chain> chains = new ArrayList<>(filter.chains());
    chains.add(Chain.regular(Table.NAT, PORTS, publishedPorts()));
    chains.add(Chain.regular(Table.NAT, POSTROUTING, sourceNat()));
    List<Rule> checksums = ports.fillChecksum();
    if (!checksums.isEmpty()) {
      hooks.add(leaving(Table.MANGLE, "SCTP's checksums are wrong"));
      chains.add(Chain.regular(Table.MANGLE, POSTROUTING, checksums));
    }
    return new Ruleset(family, chains, filter.userChains(), hooks);
  }

  private static HookRules leaving(Table table, String lost) {
    return HookRules.at(
        table,
        Hook.POSTROUTING,
        List.of(),
        List.of(Jumps.always(POSTROUTING, "without it, " + lost)));
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

  private List<Rule> sourceNat() {
    Stream<Rule> ofNetworks =
        state.openNetworks().stream()
            .flatMap(network -> SourceNatRules.of(network, family, state.options().proxyMode()));
    return Stream.concat(ofNetworks, ports.hairpin().stream()).toList();
  }
}
