package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The networks that rules of a dockerd's are about: those whose sources it translates, and those
 * that it lets packets to a container through to.
 */
final class NetworksAlone {
  private final Map<Family, Tables> tables;
  private final Map<String, List<IpPrefix>> subnets = new LinkedHashMap<>();
  private final Map<String, Map<Family, IpAddress>> sources = new LinkedHashMap<>();
  private final Set<String> translated = new HashSet<>();

  NetworksAlone(Map<Family, Tables> tables) {
    this.tables = tables;
  }

  List<BridgeNetwork> networks(List<PortBinding> bindings) {
    tables.values().stream()
        .flatMap(read -> read.rules(Table.NAT, "POSTROUTING").stream())
        .forEach(this::readTranslation);
    bindings.stream().map(PortBinding::containerAddress).forEach(this::addNetworkOf);
    return subnets.entrySet().stream()
        .map(each -> network(each.getKey(), each.getValue()))
        .toList();
  }

  private BridgeNetwork network(String bridge, List<IpPrefix> its) {
    return new BridgeNetwork(
        bridge,
        bridge,
        its,
        !isSealed(bridge),
        translated.contains(bridge),
        /* internal= */ false,
        Map.of(),
        sources.getOrDefault(bridge, Map.of()),
        List.of());
  }

  /** {@code -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE}, or SNAT. */
  private void readTranslation(Rule rule) {
    boolean isOfSource =
        rule.action() instanceof Action.Masquerade || rule.action() instanceof Action.Snat;
    if (isOfSource
        && rule.matches().size() == 2
        && rule.matches().get(0) instanceof Match.Source(IpPrefix subnet)
        && rule.matches().get(1) instanceof Match.Not(Match.OutputInterface(String bridge))
        && isOne(bridge)) {
      translated.add(bridge);
      subnets.computeIfAbsent(bridge, name -> new ArrayList<>()).add(subnet);
      if (rule.action() instanceof Action.Snat(IpAddress source)) {
        sources
            .computeIfAbsent(bridge, name -> new EnumMap<>(Family.class))
            .put(source.family(), source);
      }
    }
  }

  /** One that translates no source: how large it is no rule says. */
  private void addNetworkOf(IpAddress container) {
    if (subnets.values().stream()
        .flatMap(List::stream)
        .noneMatch(known -> known.contains(container))) {
      bridge(container)
          .ifPresent(bridge ->
              subnets.computeIfAbsent(bridge, name -> new ArrayList<>()).add(likely(container)));
    }
  }

  private static IpPrefix likely(IpAddress container) {
    return new IpPrefix(
        container,
        switch (container.family()) {
          case IPV4 -> 24;
          case IPV6 -> 64;
        });
  }

  /** {@code -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT}. */
  private Optional<String> bridge(IpAddress container) {
    return Stream.ofNullable(tables.get(container.family()))
        .flatMap(read -> read.rules(Table.FILTER, "DOCKER").stream())
        .filter(rule -> rule.action() instanceof Action.Accept)
        .filter(rule ->
            rule.matches().stream()
                .anyMatch(match ->
                    match instanceof Match.Destination(IpPrefix to)
                        && to.first().equals(container)))
        .flatMap(rule -> rule.matches().stream())
        .flatMap(match ->
            match instanceof Match.OutputInterface(String bridge) && isOne(bridge)
                ? Stream.of(bridge)
                : Stream.empty())
        .findFirst();
  }

  /** And not all whose names begin alike. */
  private static boolean isOne(String bridge) {
    return !bridge.endsWith("+");
  }

  /** {@code -i docker0 -o docker0 -j DROP}: its members may not talk to each other. */
  private boolean isSealed(String bridge) {
    List<Match> within =
        List.of(new Match.InputInterface(bridge), new Match.OutputInterface(bridge));
    return tables.values().stream()
        .flatMap(read ->
            Stream.of("FORWARD", "DOCKER-FORWARD")
                .flatMap(chain -> read.rules(Table.FILTER, chain).stream()))
        .anyMatch(rule -> rule.action() instanceof Action.Drop && rule.matches().equals(within));
  }
}
