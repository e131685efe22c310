package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What has to be known of a host to follow a packet through it.
 *
 * @param interfaces its own, but for the loopback interface
 * @param routes where packets for others leave
 * @param forwards families whose packets for others are passed on ({@code net.ipv4.ip_forward} and
 *     {@code net.ipv6.conf.all.forwarding})
 * @param letsLoopbackPass interfaces by which packets from and to 127.0.0.0/8 may come and go
 *     ({@code net.ipv4.conf.NAME.route_localnet})
 * @param bridgedMeetRules whether packets that a bridge passes from port to port meet the rules
 *     ({@code net.bridge.bridge-nf-call-iptables} and {@code -ip6tables})
 * @param bridges those of the interfaces that are bridges
 */
public record Host(
    Interfaces interfaces,
    List<Route> routes,
    Set<Family> forwards,
    Set<String> letsLoopbackPass,
    boolean bridgedMeetRules,
    Set<String> bridges) {
  static final String LOOPBACK = "lo";

  public Host {
    requireNonNull(interfaces, "interfaces");
    routes = List.copyOf(routes);
    forwards = Set.copyOf(forwards);
    letsLoopbackPass = Set.copyOf(letsLoopbackPass);
    bridges = Set.copyOf(bridges);
  }

  /** A host that forwards, with settings as they are once br_netfilter is loaded. */
  public Host(List<Interface> interfaces, List<Route> routes) {
    this(new Interfaces(interfaces), routes, Set.of(Family.values()), Set.of(), true, Set.of());
  }

  public Host withLoopbackPassing(Set<String> by) {
    return new Host(interfaces, routes, forwards, by, bridgedMeetRules, bridges);
  }

  public Host withBridgedMeetingRules(boolean meet) {
    return new Host(interfaces, routes, forwards, letsLoopbackPass, meet, bridges);
  }

  public Host withForwarding(Set<Family> families) {
    return new Host(interfaces, routes, families, letsLoopbackPass, bridgedMeetRules, bridges);
  }

  public Host withBridges(Set<String> names) {
    return new Host(interfaces, routes, forwards, letsLoopbackPass, bridgedMeetRules, names);
  }

  /**
   * An interface and this host's own addresses on it.
   *
   * @param addresses the first of a family is the one that its packets leave under
   */
  public record Interface(String name, List<IpAddress> addresses) {
    public Interface {
      addresses = List.copyOf(addresses);
    }
  }

  /** Packets for these addresses leave by this interface. */
  public record Route(IpPrefix destination, String by) {
    private boolean isMoreSpecificThan(Route other) {
      return destination.length() > other.destination.length();
    }
  }

  /** Whether it is an address of this host. All of 127.0.0.0/8 is. */
  public boolean isLocal(IpAddress address) {
    return address.isLoopback() || interfaces.have(address);
  }

  /** The interface by which a packet for this address leaves; empty when there is no route. */
  public Optional<String> route(IpAddress destination) {
    if (isLocal(destination)) {
      return Optional.of(LOOPBACK);
    }
    // A loop, as thousands of packets ask before the JVM has compiled streams. Of equals the first.
    Route mostSpecific = null;
    for (Route route : routes) {
      if (route.destination().contains(destination)
          && (mostSpecific == null || route.isMoreSpecificThan(mostSpecific))) {
        mostSpecific = route;
      }
    }
    return Optional.ofNullable(mostSpecific).map(Route::by);
  }

  /** That interface, if a route leads a packet for this address out of it. */
  Optional<String> routeBy(String name, IpAddress destination) {
    return routes.stream()
        .filter(route -> route.by().equals(name) && route.destination().contains(destination))
        .map(Route::by)
        .findFirst();
  }

  /** The address under which packets leave by an interface. */
  public Optional<IpAddress> addressOn(String name, Family family) {
    return interfaces.firstOn(name, family);
  }

  /**
   * The address that MASQUERADE gives to packets that leave by an interface. For loopback, whose
   * own address won't do, that is the first of any interface; but IPv6 prefers the address that the
   * packet is for (RFC 6724, rule 1). To it, ::1 is in reach of a link only, wherever that leaves
   * (rule 2).
   */
  Optional<IpAddress> masqueradingOn(String name, IpAddress destination) {
    if (!name.equals(LOOPBACK)) {
      return destination.family() == Family.IPV6 && destination.isLoopback()
          ? interfaces.linkLocalOn(name)
          : addressOn(name, destination.family());
    }
    return switch (destination.family()) {
      case IPV4 -> interfaces.first(Family.IPV4);
      case IPV6 -> Optional.of(destination);
    };
  }

  /**
   * Whether the bridge itself hands a packet from one of its ports to another, though DNAT may have
   * chosen the receiver: where its packets meet the rules at all, they do so on its way
   * (br_nf_pre_routing_finish).
   */
  boolean bridges(String from, String to) {
    return bridgedMeetRules && from.equals(to) && bridges.contains(from);
  }

  /** Whether a packet with a loopback address may cross an interface. IPv6's never may. */
  boolean letsLoopbackPass(String name, Family family) {
    return name.equals(LOOPBACK) || (family == Family.IPV4 && letsLoopbackPass.contains(name));
  }
}
