package dev.hairpin.agent.doctor;

import com.google.common.base.Suppliers;
import dev.hairpin.agent.walk.Link;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.PortBinding;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Looks for what keeps a container from answering a packet that has got to it. Pure. */
final class Backends {
  private final Situation situation;
  private final PortBinding binding;
  private final Inside inside;
  private final IpAddress source;
  private final String name;
  private final Supplier<Optional<Link>> link = Suppliers.memoize(this::findLink);

  private Backends(Situation situation, PortBinding binding, Inside inside, IpAddress source) {
    this.situation = situation;
    this.binding = binding;
    this.inside = inside;
    this.source = source;
    this.name = binding.publisher().name();
  }

  /**
   * The first thing, in the order in which the packet meets them.
   *
   * @param source whom the container takes for the client
   * @return empty if nothing is wrong, or nothing is known of the container's inside
   */
  static Optional<BackendFault> fault(Situation situation, Way way, IpAddress source) {
    if (situation.isIdeal()) {
      return Optional.empty();
    }
    Backends backends = new Backends(situation, way.binding(), inside(situation, way), source);
    return Stream.<Supplier<Optional<BackendFault>>>of(
            backends::addressTaken, backends::reversePath, backends::deaf, backends::wayBack)
        .flatMap(look -> look.get().stream())
        .filter(fault -> !situation.mended().contains(fault))
        .findFirst();
  }

  /**
   * What keeps the container itself from asking anybody at an address.
   *
   * @return empty if it has a way there, or nothing is known of its inside
   */
  static Optional<BackendFault> noWayOut(Situation situation, Way way) {
    if (situation.isIdeal() || way.asker() != Asker.ITSELF) {
      return Optional.empty();
    }
    return new Backends(
            situation, way.binding(), inside(situation, way), way.packet().destination())
        .wayBack()
        .filter(fault -> !situation.mended().contains(fault));
  }

  private static Inside inside(Situation situation, Way way) {
    return situation
        .evidence()
        .insides()
        .getOrDefault(way.binding().publisher().name(), Inside.UNKNOWN);
  }

  private IpAddress address() {
    return binding.containerAddress();
  }

  private BackendFault fault(
      Code code, List<String> parts, List<String> evidence, List<Remedy> remedies) {
    return new BackendFault(code, name, parts, evidence, remedies);
  }

  // ---- its wire

  private Optional<Link> link() {
    return link.get();
  }

  private Optional<Link> findLink() {
    return network(address().family()).stream()
        .flatMap(network -> network.links().stream())
        .filter(
            link -> link.addresses().stream().anyMatch(each -> each.address().equals(address())))
        .findFirst();
  }

  private Optional<Surveyed> network(Family family) {
    return Optional.ofNullable(inside.networks().get(family));
  }

  /** Another one that has the address, or whose hardware address this host has learnt for it. */
  private Optional<BackendFault> addressTaken() {
    Optional<Wire> own =
        link().map(link -> inside.wires().get(link.name())).filter(Objects::nonNull);
    if (own.isEmpty()) {
      return Optional.empty();
    }
    String mac = own.get().mac();
    Optional<String> other =
        Optional.ofNullable(situation.evidence().neighbours().get(address()))
            .filter(learnt -> !isOwn(learnt))
            .or(() -> situation.holders().other(address(), name, mac));
    return other.map(found ->
        fault(
            Code.ADDRESS_TAKEN,
            List.of(address().toString(), name, mac, found),
            List.of(address() + " lladdr " + found),
            List.of(Remedies.byHand("other-address", address().toString()))));
  }

  /** On several networks it may answer for all its addresses on each (arp_ignore is 0). */
  private boolean isOwn(String mac) {
    return inside.wires().values().stream().anyMatch(wire -> wire.mac().equals(mac));
  }

  /** The stricter of what is set for all and for the interface counts (IN_DEV_RPFILTER). */
  private Optional<BackendFault> reversePath() {
    if (source.family() == Family.IPV6) {
      return Optional.empty();
    }
    Optional<String> on = link().map(Link::name);
    Optional<String> back = wayTo(source);
    if (on.isEmpty() || back.isEmpty() || back.equals(on)) {
      return Optional.empty();
    }
    return Stream.of("all", on.get())
        .map(each -> "net.ipv4.conf." + each + ".rp_filter")
        .filter(setting -> "1".equals(inside.sysctls().get(setting)))
        .filter(setting -> !isLoose(on.get()))
        .findFirst()
        .map(setting ->
            fault(
                Code.RP_FILTER,
                List.of(setting, on.get(), back.get(), name),
                List.of(setting + " = 1"),
                List.of(
                    Remedies.inside(
                        binding.publisher(),
                        situation.evidence(),
                        "sysctl",
                        "-w",
                        "net.ipv4.conf." + on.get() + ".rp_filter=2"))));
  }

  /** 2 is more than 1, so loose wins wherever it is set. */
  private boolean isLoose(String on) {
    return Stream.of("all", on)
        .anyMatch(each -> "2".equals(inside.sysctls().get("net.ipv4.conf." + each + ".rp_filter")));
  }

  private Optional<String> wayTo(IpAddress client) {
    return network(client.family()).flatMap(network -> network.host().route(client));
  }

  // ---- its service

  private Optional<BackendFault> deaf() {
    if (inside.listeners().isEmpty()) {
      return Optional.empty();
    }
    List<Listener> onPort =
        situation.sockets().inside(name, binding.protocol(), binding.containerPort());
    if (onPort.stream()
        .anyMatch(each -> each.takes(binding.protocol(), address(), binding.containerPort()))) {
      return Optional.empty();
    }
    String port = binding.containerPort() + "/" + binding.protocol();
    return Optional.of(
        nearest(onPort, port)
            .orElseGet(() ->
                new BackendFault(
                    Code.NOT_LISTENING,
                    name + " " + port,
                    List.of(name, port),
                    inside.listeners().get().stream().map(Listener::toString).limit(10).toList(),
                    List.of(Remedies.byHand("listen-on-all", name, port)))));
  }

  private Optional<BackendFault> nearest(List<Listener> onPort, String port) {
    Family family = address().family();
    Optional<Listener> elsewhere =
        onPort.stream().filter(each -> each.speaks(family) && !each.isOnLoopback()).findFirst();
    if (elsewhere.isPresent()) {
      return Optional.of(
          deaf(Code.LISTENS_ELSEWHERE, elsewhere.get(), port, List.of(name, address().toString())));
    }
    Optional<Listener> loopback = onPort.stream().filter(Listener::isOnLoopback).findFirst();
    if (loopback.isPresent()) {
      return Optional.of(deaf(Code.LISTENS_ON_LOOPBACK, loopback.get(), port, List.of(name)));
    }
    return onPort.stream()
        .findFirst()
        .map(other -> deaf(Code.LISTENS_OTHER_FAMILY, other, port, List.of(name, text(family))));
  }

  /** {@code IPv4}. */
  private static String text(Family family) {
    return switch (family) {
      case IPV4 -> "IPv4";
      case IPV6 -> "IPv6";
    };
  }

  private BackendFault deaf(Code code, Listener listener, String port, List<String> parts) {
    return new BackendFault(
        code,
        name + " " + port,
        Stream.concat(parts.stream(), Stream.of(listener.toString())).toList(),
        List.of(listener.toString()),
        List.of(Remedies.byHand("listen-on-all", name, port)));
  }

  // ---- its answer

  private Optional<BackendFault> wayBack() {
    Optional<Surveyed> network = network(source.family());
    if (network.isEmpty() || link().isEmpty()) {
      return Optional.empty();
    }
    Optional<String> back = wayTo(source);
    boolean isLost = back.isEmpty() || goesThroughStranger(network.get(), back.get());
    return isLost
        ? Optional.of(
            fault(
                Code.NO_WAY_BACK,
                List.of(name, source.toString()),
                routes(network.get()),
                routeBack().stream().toList()))
        : Optional.empty();
  }

  /** As {@code ip route} shows them. */
  private static List<String> routes(Surveyed network) {
    return network.host().routes().stream()
        .map(route ->
            route.destination().length() > 0
                ? route.destination() + " dev " + route.by()
                : "default"
                    + network.gateway().map(gateway -> " via " + gateway).orElse("")
                    + " dev "
                    + route.by())
        .toList();
  }

  /** Its default route is not by this host, and there is no other. */
  private boolean goesThroughStranger(Surveyed network, String by) {
    boolean isOnLink =
        network.host().routes().stream()
            .filter(route -> route.by().equals(by) && route.destination().length() > 0)
            .anyMatch(route -> route.destination().contains(source));
    return !isOnLink
        && network.gateway().isPresent()
        && link().filter(link -> link.name().equals(by)).isPresent()
        && situation
            .network(source.family())
            .map(host -> !host.host().isLocal(network.gateway().get()))
            .orElse(false);
  }

  private Optional<Remedy> routeBack() {
    return situation
        .network(address().family())
        .flatMap(host ->
            host.host()
                .route(address())
                .flatMap(by -> host.host().addressOn(by, address().family())))
        .map(gateway ->
            Remedies.inside(
                binding.publisher(),
                situation.evidence(),
                "ip",
                "route",
                "replace",
                "default",
                "via",
                gateway.toString()));
  }
}
