package dev.hairpin.agent.reconcile;

import static java.util.stream.Collectors.toSet;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.Flows;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which connections the kernel must forget, because the rules that would decide on them now are not
 * those that did: it asks the nat table only about a connection's first packet. Pure.
 *
 * <p>An address that a container has come to or is leaving forgets everything. While a container
 * stays, a port that it gets or loses concerns only what was sent to that port.
 *
 * <p>A UDP port is forgotten as clients know it, by the host's port, and by its address where one
 * was named; both when it is published and when it is taken back. dockerd doesn't do that in every
 * generation, and it is not copied: 20.10 forgets only when it takes back, and from 29.5 on it
 * looks for the container's port, so that clients stay stuck where the two ports differ (moby issue
 * 53384).
 *
 * <p>UDP ports are forgotten also when connections begin to be let in by our label: those from
 * before have none, and a client that nobody answers would stay a new one for ever.
 */
final class ConntrackFlush {
  private ConntrackFlush() {}

  /**
   * What to forget when the rules of one record have been replaced by those of another. The same
   * bindings for the same containers ask for nothing, however often an agent is started over them.
   */
  static List<Flows> between(AppliedRecord before, AppliedRecord after) {
    if (before.state().bindings().equals(after.state().bindings())
        && before.claims().equals(after.claims())
        && before.labelsConnections() == after.labelsConnections()) {
      return List.of();
    }
    Map<Route, Owner> earlier = routes(before);
    Map<Route, Owner> later = routes(after);
    Set<Route> changed =
        Stream.concat(earlier.keySet().stream(), later.keySet().stream())
            .filter(route -> !earlier.containsKey(route) || !later.containsKey(route))
            .collect(toSet());

    Set<IpAddress> containers = new HashSet<>();
    later.forEach((route, owner) -> {
      if (earlier.containsKey(route) && earlier.get(route).isReplacedBy(owner)) {
        containers.add(route.address);
      }
    });
    Set<IpAddress> had = addresses(earlier.keySet());
    Set<IpAddress> have = addresses(later.keySet());
    Set<IpAddress> stayed = addressesOfThoseThatStayed(before, after);
    Set<Flows> flows = new LinkedHashSet<>();
    for (Route route : changed) {
      boolean isFirstOrLast = !had.contains(route.address) || !have.contains(route.address);
      if (isFirstOrLast && !stayed.contains(route.address)) {
        containers.add(route.address);
      }
      if (route.hostPort.protocol() == Protocol.UDP) {
        // A UDP client that never pauses begins no new flow by itself.
        flows.add(new Flows.OfHostPort(route.hostPort));
      }
    }
    if (after.labelsConnections() && !before.labelsConnections()) {
      later.keySet().stream()
          .map(Route::hostPort)
          .filter(port -> port.protocol() == Protocol.UDP)
          .map(Flows.OfHostPort::new)
          .forEach(flows::add);
    }
    changed.stream()
        .filter(route -> !containers.contains(route.address))
        .filter(route -> route.isForKernel && route.hostPort.protocol() != Protocol.UDP)
        .map(route -> new Flows.OfBinding(route.hostPort, route.address, route.port))
        .forEach(flows::add);
    containers.stream().map(Flows.OfAddress::new).forEach(flows::add);
    return List.copyOf(flows);
  }

  private static Map<Route, Owner> routes(AppliedRecord applied) {
    Map<Route, Owner> routes = new HashMap<>();
    for (PortBinding binding : applied.state().bindings()) {
      routes.put(
          new Route(
              binding.hostPort(),
              binding.containerAddress(),
              binding.containerPort(),
              binding.isForKernel()),
          new Owner(
              binding.publisher(),
              applied.claims().getOrDefault(binding.hostPort().toString(), "")));
    }
    return routes;
  }

  /**
   * Where the same container was and is, whatever it publishes. What it talks about with others is
   * no business of a port that it gets or loses meanwhile.
   */
  private static Set<IpAddress> addressesOfThoseThatStayed(
      AppliedRecord before, AppliedRecord after) {
    Map<IpAddress, Publisher> was = residents(before);
    Map<IpAddress, Publisher> is = residents(after);
    is.entrySet().retainAll(was.entrySet());
    return is.keySet();
  }

  private static Map<IpAddress, Publisher> residents(AppliedRecord applied) {
    Map<IpAddress, Publisher> residents = new HashMap<>();
    for (Member member : applied.state().members()) {
      member.addresses().forEach(address -> residents.put(address, member.publisher()));
    }
    return residents;
  }

  private static Set<IpAddress> addresses(Set<Route> routes) {
    return routes.stream().map(Route::address).collect(toSet());
  }

  /** A port that goes over to the proxy alone must not keep the connections of the kernel's. */
  private record Route(HostPort hostPort, IpAddress address, int port, boolean isForKernel) {}

  /**
   * Whose port it is, and which stand-in holds it. What dockerd is about to publish becomes a
   * container's without any change to its connections.
   */
  private record Owner(Publisher publisher, String standIn) {
    boolean isReplacedBy(Owner next) {
      boolean isOtherStandIn =
          !standIn.isEmpty() && !next.standIn.isEmpty() && !standIn.equals(next.standIn);
      boolean isOtherContainer =
          publisher instanceof Publisher.Container(String id, String name)
              && next.publisher instanceof Publisher.Container(String nextId, String nextName)
              && !id.equals(nextId);
      return isOtherStandIn || isOtherContainer;
    }
  }
}
