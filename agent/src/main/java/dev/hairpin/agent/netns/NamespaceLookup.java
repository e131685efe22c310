package dev.hairpin.agent.netns;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.Publisher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a namespace is reached from the host, worked out from both sides' addresses. Pure.
 *
 * @param endpoint the addresses that one of our bridges leads to
 * @param networks those bridges, with the subnets that were used
 */
record NamespaceLookup(Endpoint endpoint, List<BridgeNetwork> networks) {
  /** An address of the namespace, and the bridge that it is on. */
  private record Found(InterfaceAddress inside, InterfaceAddress bridge) {}

  /**
   * Looks for a way.
   *
   * @param inside the namespace's own addresses
   * @throws NoWayException if there is none; the message says why and what helps
   */
  static NamespaceLookup find(
      Publisher.Namespace namespace, List<InterfaceAddress> inside, HostBridges host)
      throws NoWayException {
    Optional<Found> ipv4 = find(Family.IPV4, inside, host);
    Optional<Found> ipv6 = find(Family.IPV6, inside, host);
    if (ipv4.isEmpty() && ipv6.isEmpty()) {
      throw new NoWayException(whyNot(inside, host));
    }
    Map<String, List<IpPrefix>> subnets = new LinkedHashMap<>();
    for (Optional<Found> way : List.of(ipv4, ipv6)) {
      way.ifPresent(found ->
          subnets
              .computeIfAbsent(found.bridge().name(), name -> new ArrayList<>())
              .add(found.bridge().subnet()));
    }
    return new NamespaceLookup(
        new Endpoint(
            namespace, ipv4.map(NamespaceLookup::address), ipv6.map(NamespaceLookup::address)),
        subnets.entrySet().stream()
            .map(bridge -> network(bridge.getKey(), bridge.getValue()))
            .toList());
  }

  private static IpAddress address(Found found) {
    return found.inside().address();
  }

  private static BridgeNetwork network(String bridge, List<IpPrefix> subnets) {
    return BridgeNetwork.of(bridge, bridge, subnets.toArray(IpPrefix[]::new));
  }

  private static Optional<Found> find(
      Family family, List<InterfaceAddress> inside, HostBridges host) {
    return inside.stream()
        .filter(at -> at.is(family))
        .flatMap(at -> host.bridgeTo(at.address()).map(bridge -> new Found(at, bridge)).stream())
        .findFirst();
  }

  private static String whyNot(List<InterfaceAddress> inside, HostBridges host) {
    if (inside.isEmpty()) {
      return "it has no address yet; its ports are published when it has one";
    }
    for (InterfaceAddress at : inside) {
      Optional<InterfaceAddress> other = host.otherWayTo(at.address());
      if (other.isPresent()) {
        return at.address()
            + " is reached over "
            + other.get().name()
            + ", which is not a bridge; attach it to one";
      }
    }
    return "no bridge of the host has an address in "
        + inside.getFirst().subnet()
        + "; give the bridge that it is attached to one, as in ip address add";
  }

  /** A namespace can't be reached. */
  static final class NoWayException extends Exception {
    private static final long serialVersionUID = 1L;

    NoWayException(String message) {
      super(message);
    }
  }
}
