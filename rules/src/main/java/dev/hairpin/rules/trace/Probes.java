package dev.hairpin.rules.trace;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/** A few packets that stand for all that published ports get, as they are at a base chain. */
final class Probes {
  /** Of interfaces, and of publications; each is tried with each. */
  private static final int MOST = 8;

  /** Clients whose addresses are nobody's (RFC 5737, RFC 3849). */
  private static final IpAddress CLIENT = IpAddress.parse("203.0.113.77");

  private static final IpAddress CLIENT_IPV6 = IpAddress.parse("2001:db8:ffff::77");

  private final DesiredState state;
  private final Tables tables;
  private final Family family;
  private final Host host;
  private final List<Host.Interface> outside;

  Probes(DesiredState state, Tables tables, Host host) {
    this.state = state;
    this.tables = tables;
    this.family = tables.family();
    this.host = host;
    Set<String> bridges = new HashSet<>();
    state.networks().stream().map(BridgeNetwork::bridge).forEach(bridges::add);
    this.outside =
        host.interfaces().all().stream()
            .filter(each -> !bridges.contains(each.name()))
            .filter(each -> host.addressOn(each.name(), family).isPresent())
            .limit(MOST)
            .toList();
  }

  /** A packet, and whose it is. */
  record Probe(PortBinding binding, Passage passage) {}

  List<Probe> at(Table table, Hook hook) {
    List<Probe> probes = tried(table).flatMap(binding -> at(table, hook, binding)).toList();
    if (table != Table.RAW) {
      probes.forEach(probe -> probe.passage().track());
    }
    return probes;
  }

  private Stream<Probe> at(Table table, Hook hook, PortBinding binding) {
    return switch (hook) {
      case PREROUTING ->
          outside.stream()
              .flatMap(by -> arriving(table, binding, by))
              .map(packet -> new Probe(binding, packet));
      case OUTPUT -> sent(binding).map(packet -> new Probe(binding, packet)).stream();
      case FORWARD -> outside.stream().flatMap(by -> forwarded(binding, by).stream());
      // What we have there is not for published ports.
      case INPUT, POSTROUTING -> Stream.empty();
    };
  }

  /** Those of each kind, and those whose ports a rule here names. */
  private Stream<PortBinding> tried(Table table) {
    List<PortBinding> published =
        state.bindings().stream()
            .filter(PortBinding::isForKernel)
            .filter(binding -> binding.hostPort().address().family() == family)
            .toList();
    Map<Object, PortBinding> byKind = new LinkedHashMap<>();
    published.forEach(binding ->
        byKind.putIfAbsent(
            List.of(binding.hostPort().protocol(), binding.hostPort().address()), binding));
    Set<Integer> named = namedPorts(table);
    Stream<PortBinding> ofNamed =
        published.stream()
            .filter(binding ->
                named.contains(binding.hostPort().port())
                    || named.contains(binding.containerPort()));
    return Stream.concat(ofNamed.limit(MOST / 2), byKind.values().stream()).distinct().limit(MOST);
  }

  /** A range counts by both its ends. */
  private Set<Integer> namedPorts(Table table) {
    Set<Integer> named = new HashSet<>();
    tables.chains().stream()
        .filter(chain -> chain.table() == table && chain.isBase())
        .flatMap(chain -> chain.rules().stream())
        .flatMap(rule -> rule.matches().stream())
        .forEach(match -> {
          if (match instanceof Match.DestinationPort(Protocol protocol, var ports)) {
            named.add(ports.first());
            named.add(ports.last());
          }
        });
    return named;
  }

  /** From a client outside; before DNAT also from a neighbour who addresses what is not for him. */
  private Stream<Passage> arriving(Table table, PortBinding binding, Host.Interface by) {
    IpAddress published = binding.hostPort().address();
    int port = binding.hostPort().port();
    Stream<Passage> proper =
        published.isLoopback() && table != Table.RAW
            ? Stream.empty()
            : Stream.of(arriving(binding, by, asked(published, by), port));
    return table == Table.RAW
        ? Stream.concat(
            proper,
            Stream.of(arriving(binding, by, binding.containerAddress(), binding.containerPort())))
        : proper;
  }

  private Passage arriving(PortBinding binding, Host.Interface by, IpAddress to, int port) {
    Passage passage =
        Passage.of(
            host, Packet.arriving(by.name(), binding.hostPort().protocol(), client(), to, port));
    passage.arriveOn(by.name());
    return passage;
  }

  private IpAddress asked(IpAddress published, Host.Interface by) {
    return published.isWildcard() ? host.addressOn(by.name(), family).orElseThrow() : published;
  }

  private Optional<Passage> sent(PortBinding binding) {
    IpAddress published = binding.hostPort().address();
    if (published.isLoopback() || outside.isEmpty()) {
      return Optional.empty();
    }
    IpAddress own = asked(published, outside.getFirst());
    Passage passage =
        Passage.of(
            host, Packet.sent(binding.hostPort().protocol(), own, own, binding.hostPort().port()));
    passage.leaveBy(Host.LOOPBACK);
    return Optional.of(passage);
  }

  /** As it is after DNAT. */
  private Optional<Probe> forwarded(PortBinding binding, Host.Interface by) {
    IpAddress container = binding.containerAddress();
    return state.networks().stream()
        .filter(network -> network.contains(container))
        .filter(network -> !binding.hostPort().address().isLoopback())
        .findFirst()
        .map(network -> {
          Passage passage =
              arriving(
                  binding, by, asked(binding.hostPort().address(), by), binding.hostPort().port());
          passage.bind(new Action.Dnat(container, OptionalInt.of(binding.containerPort())));
          passage.leaveBy(network.bridge());
          return new Probe(binding, passage);
        });
  }

  private IpAddress client() {
    return switch (family) {
      case IPV4 -> CLIENT;
      case IPV6 -> CLIENT_IPV6;
    };
  }
}
