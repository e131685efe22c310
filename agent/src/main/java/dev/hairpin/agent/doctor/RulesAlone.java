package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a dockerd must have published, where its rules in iptables are all that is known: each DNAT
 * of its chain is a port.
 */
final class RulesAlone {
  private static final String CHAIN = "DOCKER";

  private final Map<Family, Tables> tables;

  private RulesAlone(Map<Family, Tables> tables) {
    this.tables = tables;
  }

  /** What it was; empty where no chain of dockerd's sends anything on. */
  static Optional<DesiredState> state(Map<Family, Tables> tables) {
    return Optional.of(new RulesAlone(tables).read()).filter(state -> !state.bindings().isEmpty());
  }

  private DesiredState read() {
    List<PortBinding> bindings = new ArrayList<>();
    Set<Family> families = new TreeSet<>();
    tables.forEach((family, read) -> {
      List<PortBinding> found =
          read.rules(Table.NAT, CHAIN).stream().flatMap(this::binding).toList();
      if (!found.isEmpty()) {
        families.add(family);
        bindings.addAll(found);
      }
    });
    return DesiredState.of(
        new NetworksAlone(tables).networks(bindings),
        bindings,
        FirewallOptions.of(proxyMode(), families, Set.of()));
  }

  private Stream<PortBinding> binding(Rule rule) {
    if (!(rule.action() instanceof Action.Dnat(IpAddress container, var port))) {
      return Stream.empty();
    }
    Optional<IpAddress> on =
        rule.matches().stream()
            .flatMap(match ->
                match instanceof Match.Destination(IpPrefix to)
                    ? Stream.of(to.first())
                    : Stream.empty())
            .findFirst();
    return rule.matches().stream()
        .flatMap(match ->
            match instanceof Match.DestinationPort asked ? Stream.of(asked) : Stream.empty())
        .map(asked ->
            new PortBinding(
                new HostPort(
                    asked.protocol(),
                    on.orElse(IpAddress.any(container.family())),
                    asked.ports().first()),
                container,
                port.orElse(asked.ports().first()),
                new Publisher.Container("", container.toString()),
                asked.ports().first() + ":" + port.orElse(asked.ports().first())));
  }

  /** With the proxy, dockerd leaves what is sent to 127.0.0.0/8 to it. */
  private ProxyMode proxyMode() {
    boolean leavesLoopback =
        tables.values().stream()
            .flatMap(read -> read.rules(Table.NAT, "OUTPUT").stream())
            .filter(rule -> rule.action().equals(Action.jump(CHAIN)))
            .anyMatch(rule ->
                rule.matches().stream()
                    .anyMatch(match ->
                        match instanceof Match.Not(Match.Destination(IpPrefix to))
                            && to.first().isLoopback()));
    return leavesLoopback ? ProxyMode.USERLAND : ProxyMode.HAIRPIN;
  }
}
