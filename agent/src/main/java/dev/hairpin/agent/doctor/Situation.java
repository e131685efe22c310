package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.PacketTracer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * A host as packets find it: as it was looked at, or with some differences put right on paper. The
 * same few differences are tried for thousands of ways, so what came of the last ones is kept. Safe
 * for use by several threads.
 */
final class Situation {
  /** More than one way needs. */
  private static final int FEW = 64;

  private final Looked looked;
  private final Map<Family, Tables> tables;
  private final Map<Family, Tables> right;
  private final Map<Family, Surveyed> networks;
  private final Set<PortBinding> served;
  private final Set<BackendFault> mended;
  private final boolean isIdeal;
  private final Map<Family, Optional<Exchanges>> exchanges = new ConcurrentHashMap<>();
  private final Latest<Cure, Situation> changed = new Latest<>(FEW);
  private Optional<Situation> withRightRules = Optional.empty();

  /**
   * @param right the rules as they should be, with the same differences put right
   * @param served the ports whose proxy is taken to listen, whoever does so really
   * @param mended what is taken to be right inside of containers
   */
  private Situation(
      Looked looked,
      Map<Family, Tables> tables,
      Map<Family, Tables> right,
      Map<Family, Surveyed> networks,
      Set<PortBinding> served,
      Set<BackendFault> mended,
      boolean isIdeal) {
    this.looked = requireNonNull(looked, "looked");
    this.tables = Map.copyOf(tables);
    this.right = Map.copyOf(right);
    this.networks = Map.copyOf(networks);
    this.served = Set.copyOf(served);
    this.mended = Set.copyOf(mended);
    this.isIdeal = isIdeal;
  }

  /** As it was looked at. */
  static Situation of(Evidence evidence, Wanted wanted) {
    return new Situation(
        Looked.of(evidence),
        evidence.tables(),
        wanted.right(),
        evidence.networks(),
        Set.of(),
        Set.of(),
        /* isIdeal= */ false);
  }

  /**
   * As it was meant to be: with nobody's rules but the authors', all settings and sockets.
   *
   * @param proxied the ports whose proxy listens
   * @param bridges that lead to their networks
   * @param loopback bridges by which loopback addresses may pass
   */
  static Situation ideal(
      Evidence evidence,
      Wanted wanted,
      Set<PortBinding> proxied,
      List<BridgeNetwork> bridges,
      Set<String> loopback) {
    Map<Family, Surveyed> networks = new EnumMap<>(Family.class);
    ConnectedNetwork.of(evidence.networks(), bridges)
        .forEach((family, network) ->
            networks.put(
                family,
                network.with(
                    network
                        .host()
                        .withForwarding(Set.of(Family.values()))
                        .withLoopbackPassing(loopback)
                        .withBridgedMeetingRules(true))));
    return new Situation(
        Looked.of(evidence),
        wanted.alone(),
        wanted.alone(),
        networks,
        proxied,
        Set.of(),
        /* isIdeal= */ true);
  }

  Evidence evidence() {
    return looked.evidence();
  }

  Sockets sockets() {
    return looked.sockets();
  }

  Holders holders() {
    return looked.holders();
  }

  Map<Family, Tables> tables() {
    return tables;
  }

  Map<Family, Tables> right() {
    return right;
  }

  Map<Family, Surveyed> networks() {
    return networks;
  }

  Set<BackendFault> mended() {
    return mended;
  }

  boolean isIdeal() {
    return isIdeal;
  }

  /** Leads packets through it; empty where its rules or its network are not known. */
  Optional<Exchanges> exchanges(Family family) {
    return exchanges.computeIfAbsent(
        family,
        asked ->
            network(asked)
                .flatMap(network ->
                    tables(asked)
                        .map(rules -> new Exchanges(new PacketTracer(rules, network.host())))));
  }

  Optional<Tables> tables(Family family) {
    return Optional.ofNullable(tables.get(family));
  }

  Optional<Surveyed> network(Family family) {
    return Optional.ofNullable(networks.get(family));
  }

  /** Who gets what is delivered on this host; empty where that could not be seen. */
  Optional<List<Listener>> listeners(Protocol protocol, IpAddress address, int port) {
    return looked.sockets().taking(protocol, address, port);
  }

  boolean isServed(PortBinding binding) {
    return served.contains(binding);
  }

  /** What the rules would be, were those of the authors right. */
  synchronized Situation withRightRules() {
    if (withRightRules.isEmpty()) {
      withRightRules =
          Optional.of(new Situation(looked, right, right, networks, served, mended, isIdeal));
    }
    return withRightRules.get();
  }

  Situation with(List<? extends Cure> cures) {
    Situation situation = this;
    for (Cure cure : cures) {
      situation = situation.with(cure);
    }
    return situation;
  }

  Situation with(Cure cure) {
    return changed.get(cure, () -> changedBy(cure));
  }

  private Situation changedBy(Cure cure) {
    return switch (cure) {
      case Cure.OfRules ofRules -> withRules(ofRules);
      case Cure.Forward(Family family) ->
          withHosts(host -> {
            Set<Family> forwarding = EnumSet.of(family);
            forwarding.addAll(host.forwards());
            return host.withForwarding(forwarding);
          });
      case Cure.Connect(BridgeNetwork network) ->
          withNetworks(ConnectedNetwork.of(networks, List.of(network)));
      case Cure.PassLoopback(String bridge) ->
          withHosts(host -> {
            Set<String> passing = new HashSet<>(host.letsLoopbackPass());
            passing.add(bridge);
            return host.withLoopbackPassing(passing);
          });
      case Cure.FilterBridged(Family family) -> {
        Map<Family, Surveyed> changed = copy(networks);
        Surveyed network = networks.get(family);
        changed.put(family, network.with(network.host().withBridgedMeetingRules(true)));
        yield withNetworks(changed);
      }
      case Cure.Proxy(PortBinding binding, var instead) -> {
        Set<PortBinding> more = new HashSet<>(served);
        more.add(binding);
        yield new Situation(looked, tables, right, networks, more, mended, isIdeal);
      }
      case Cure.Inside(BackendFault fault) -> {
        Set<BackendFault> more = new HashSet<>(mended);
        more.add(fault);
        yield new Situation(looked, tables, right, networks, served, more, isIdeal);
      }
    };
  }

  private Situation withRules(Cure.OfRules cure) {
    Family family = cure.family();
    Tables goal = right.get(family);
    Map<Family, Tables> changed = copy(tables);
    changed.put(family, EditedTables.with(tables.get(family), cure, goal));
    return new Situation(looked, changed, rightWith(cure), networks, served, mended, isIdeal);
  }

  /** What is put back is there already, where all is right. */
  private Map<Family, Tables> rightWith(Cure.OfRules cure) {
    return switch (cure) {
      case Cure.PutBack there -> right;
      case Cure.PutBackTable there -> right;
      case Cure.TakeOut out -> rightChangedBy(out);
      case Cure.Accept accept -> rightChangedBy(accept);
    };
  }

  private Map<Family, Tables> rightChangedBy(Cure.OfRules cure) {
    Map<Family, Tables> changed = copy(right);
    changed.computeIfPresent(
        cure.family(), (family, tables) -> EditedTables.with(tables, cure, tables));
    return changed;
  }

  /** With rules of a family, and what they should be, changed alike. */
  Situation withTables(Family family, UnaryOperator<Tables> change) {
    Map<Family, Tables> changed = copy(tables);
    changed.computeIfPresent(family, (same, present) -> change.apply(present));
    Map<Family, Tables> goal = copy(right);
    goal.computeIfPresent(family, (same, wanted) -> change.apply(wanted));
    return new Situation(looked, changed, goal, networks, served, mended, isIdeal);
  }

  private Situation withHosts(UnaryOperator<Host> change) {
    Map<Family, Surveyed> changed = new EnumMap<>(Family.class);
    networks.forEach(
        (family, network) -> changed.put(family, network.with(change.apply(network.host()))));
    return withNetworks(changed);
  }

  private Situation withNetworks(Map<Family, Surveyed> changed) {
    return new Situation(looked, tables, right, changed, served, mended, isIdeal);
  }

  private static <T> Map<Family, T> copy(Map<Family, T> of) {
    Map<Family, T> copy = new EnumMap<>(Family.class);
    copy.putAll(of);
    return copy;
  }
}
