package dev.hairpin.rules.nftables;

import static java.util.stream.Collectors.toSet;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.PortSet.Data;
import dev.hairpin.rules.netfilter.PortSet.Element;
import dev.hairpin.rules.netfilter.Reason;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What is published, as elements of sets and maps. Consecutive ports of one publisher are one
 * element where the container's are the same; nftables can't shift a range, so one that is shifted
 * is an element for each port.
 */
final class PublishedPorts {
  /** The sets and maps, in the order in which a packet may come upon them. */
  enum Kind {
    /** Host ports on loopback addresses, which are for this host alone. */
    LOOPBACK_PORTS(true, true, Data.NONE),
    ADDRESS_PORTS(true, false, Data.ADDRESS_AND_PORT),
    ADDRESS_PORT_RANGES(true, true, Data.ADDRESS),
    /** Host ports on all addresses. */
    PORTS(false, false, Data.ADDRESS_AND_PORT),
    PORT_RANGES(false, true, Data.ADDRESS),
    /** Container ports. */
    OPEN_PORTS(true, false, Data.NONE),
    OPEN_PORT_RANGES(true, true, Data.NONE);

    private final boolean byAddress;
    private final boolean intervals;
    private final Data data;

    Kind(boolean byAddress, boolean intervals, Data data) {
      this.byAddress = byAddress;
      this.intervals = intervals;
      this.data = data;
    }

    PortSet.Type type(Family family) {
      return new PortSet.Type(family, byAddress, intervals, data);
    }

    /** In IPv6 the kernel itself drops what arrives for ::1. */
    static Stream<Kind> neededFor(Family family) {
      return Stream.of(values()).filter(kind -> family == Family.IPV4 || kind != LOOPBACK_PORTS);
    }

    /** Its name in the table: {@code address-port-ranges}. */
    String set() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private final FamilyState state;

  PublishedPorts(FamilyState state) {
    this.state = state;
  }

  /** Those that lead from host ports to containers. */
  static Stream<Kind> maps() {
    return Stream.of(Kind.ADDRESS_PORTS, Kind.ADDRESS_PORT_RANGES, Kind.PORTS, Kind.PORT_RANGES);
  }

  /** Those of container ports. */
  static Stream<Kind> openSets() {
    return Stream.of(Kind.OPEN_PORTS, Kind.OPEN_PORT_RANGES);
  }

  /** Of host ports, where filtering is others' business. */
  List<PortSet> setsOfHostPorts() {
    Set<String> open = openSets().map(Kind::set).collect(toSet());
    return sets().stream().filter(set -> !open.contains(set.name())).toList();
  }

  List<PortSet> sets() {
    Map<Kind, List<Element>> elements = new EnumMap<>(Kind.class);
    Kind.neededFor(state.family()).forEach(kind -> elements.put(kind, new ArrayList<>()));
    PortRuns.of(state.bindings().stream().map(this::hostPort))
        .forEach(run -> add(elements, mapFor(run), run));
    PortRuns.of(containerPorts()).forEach(run -> add(elements, openSetFor(run), run));
    if (elements.containsKey(Kind.LOOPBACK_PORTS)) {
      PortRuns.of(state.loopbackBindings().stream().map(PublishedPorts::loopbackPort))
          .forEach(run -> add(elements, Kind.LOOPBACK_PORTS, run));
    }
    return elements.entrySet().stream()
        .map(entry ->
            new PortSet(
                entry.getKey().set(), entry.getKey().type(state.family()), entry.getValue()))
        .toList();
  }

  private static void add(Map<Kind, List<Element>> elements, Kind kind, PortRuns.Run run) {
    elements.get(kind).add(element(kind, run));
  }

  private static Kind mapFor(PortRuns.Run run) {
    boolean isRange = run.ports().size() > 1;
    if (run.first().address().isWildcard()) {
      return isRange ? Kind.PORT_RANGES : Kind.PORTS;
    }
    return isRange ? Kind.ADDRESS_PORT_RANGES : Kind.ADDRESS_PORTS;
  }

  private static Kind openSetFor(PortRuns.Run run) {
    return run.ports().size() > 1 ? Kind.OPEN_PORT_RANGES : Kind.OPEN_PORTS;
  }

  private static Element element(Kind kind, PortRuns.Run run) {
    Optional<Action.Dnat> target =
        switch (kind.data) {
          case NONE -> Optional.empty();
          case ADDRESS ->
              run.first().target().map(to -> new Action.Dnat(to.address(), OptionalInt.empty()));
          case ADDRESS_AND_PORT -> run.first().target();
        };
    return new Element(
        run.first().protocol(),
        Optional.of(run.first().address()).filter(any -> kind.byAddress),
        run.ports(),
        target,
        run.reason());
  }

  private PortRuns.Port hostPort(PortBinding binding) {
    return new PortRuns.Port(
        binding.protocol(),
        binding.hostPort().address(),
        binding.hostPort().port(),
        Optional.of(
            new Action.Dnat(binding.containerAddress(), OptionalInt.of(binding.containerPort()))),
        where ->
            Reasons.notTranslated(
                where, binding, state.options().proxyMode(), Reasons.NEIGHBOURS_DROPPED));
  }

  private Stream<PortRuns.Port> containerPorts() {
    Stream<PortRuns.Port> translated =
        state.bindingsToMembers().stream()
            .map(binding ->
                containerPort(
                    binding.protocol(),
                    binding.containerAddress(),
                    binding.containerPort(),
                    where -> Reasons.closed(where, Reasons.AS_UNPUBLISHED).serving(binding)));
    Stream<PortRuns.Port> routed =
        state.routed().stream()
            .map(port ->
                containerPort(
                    port.protocol(),
                    port.containerAddress(),
                    port.containerPort(),
                    where -> Reasons.closed(where, Reasons.AS_UNPUBLISHED)));
    return Stream.concat(translated, routed);
  }

  private static PortRuns.Port containerPort(
      Protocol protocol, IpAddress address, int port, Function<String, Reason> reason) {
    return new PortRuns.Port(protocol, address, port, Optional.empty(), reason);
  }

  private static PortRuns.Port loopbackPort(PortBinding binding) {
    return new PortRuns.Port(
        binding.protocol(),
        binding.hostPort().address(),
        binding.hostPort().port(),
        Optional.empty(),
        where -> Reasons.loopbackReached(where, binding));
  }
}
