package dev.hairpin.rules.layouts;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The bridges whose rules dockerd writes: those that its own chains name, and those of the networks
 * that it is known to have.
 */
final class NamedBridges {
  private final Tables observed;
  private final Map<String, BridgeNetwork> known;
  private final Set<String> names = new HashSet<>();
  private final Set<IpPrefix> subnets;
  private final Set<IpAddress> containers;

  NamedBridges(Tables observed, Collection<BridgeNetwork> networks) {
    this.observed = observed;
    this.known =
        networks.stream().collect(toMap(BridgeNetwork::bridge, network -> network, (a, b) -> a));
    names.addAll(known.keySet());
    observed.chains().stream().filter(DockerdChains::isDockerds).forEach(this::readNames);
    this.subnets = names.stream().flatMap(bridge -> subnet(bridge).stream()).collect(toSet());
    this.containers = published().flatMap(NamedBridges::container).collect(toSet());
  }

  private void readNames(Chain chain) {
    for (Rule rule : chain.rules()) {
      DockerdRules.bridges(rule)
          .filter(bridge -> DockerdRules.names(bridge, chain.name(), rule))
          .forEach(names::add);
    }
  }

  /** The one bridge that a rule is about. */
  Optional<String> of(Rule rule) {
    List<String> mentioned = DockerdRules.bridges(rule).toList();
    return mentioned.size() == 1 && names.contains(mentioned.getFirst())
        ? Optional.of(mentioned.getFirst())
        : Optional.empty();
  }

  /** The network of a bridge, where dockerd is known to have it. */
  Optional<BridgeNetwork> network(String bridge) {
    return Optional.ofNullable(known.get(bridge));
  }

  /** The networks that dockerd is known to have and that an address is on. */
  Stream<BridgeNetwork> networksOf(IpAddress address) {
    return known.values().stream().filter(network -> network.contains(address));
  }

  /**
   * Whether this is what a bridge's members call out under; anything, where nobody can be asked.
   */
  boolean callsOutUnder(String bridge, Action sourceNat) {
    return network(bridge)
        .map(network ->
            switch (sourceNat) {
              case Action.Snat(IpAddress address) ->
                  network.sourceAddresses().containsValue(address);
              case Action other -> true;
            })
        .orElse(true);
  }

  /**
   * A bridge's subnet. Where dockerd can't be asked it is what the bridge's members are masqueraded
   * by; where more rules than one could be that, one of them is somebody else's, and all stay.
   */
  Optional<IpPrefix> subnet(String bridge) {
    if (known.containsKey(bridge)) {
      return known.get(bridge).subnet(observed.family());
    }
    List<IpPrefix> candidates =
        observed.rules(Table.NAT, Hook.POSTROUTING.name()).stream()
            .flatMap(rule ->
                DockerdRules.sourceOf(rule).stream()
                    .filter(subnet -> DockerdRules.translatesOutgoing(bridge, subnet, rule)))
            .toList();
    return candidates.size() == 1 ? Optional.of(candidates.getFirst()) : Optional.empty();
  }

  /** Whether dockerd publishes something of a container, or has a network that it could be on. */
  boolean hasContainer(IpPrefix address) {
    return address.equals(IpPrefix.of(address.first()))
        && (containers.contains(address.first())
            || subnets.stream().anyMatch(subnet -> subnet.contains(address.first())));
  }

  /** The rules that send host ports on to containers. */
  Stream<Rule> published() {
    return observed.rules(Table.NAT, DockerdChains.DOCKER).stream()
        .filter(rule -> rule.action() instanceof Action.Dnat);
  }

  private static Stream<IpAddress> container(Rule published) {
    return published.action() instanceof Action.Dnat(IpAddress address, var port)
        ? Stream.of(address)
        : Stream.empty();
  }

  /** Whether a host port is published on this address. */
  boolean publishes(IpPrefix host, Match port) {
    return published()
        .anyMatch(rule ->
            rule.matches().contains(port)
                && DockerdRules.destinationOf(rule).equals(Optional.of(host)));
  }
}
