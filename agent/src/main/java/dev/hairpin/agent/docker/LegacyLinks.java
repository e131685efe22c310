package dev.hairpin.agent.docker;

import static java.util.Comparator.comparingInt;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Link;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What {@code docker run --link} opens. dockerd does it on the default bridge only, when that keeps
 * its members apart, for IPv4 and for all ports that the child exposes (bridge_linux.go, link). A
 * link is made when the parent starts.
 */
final class LegacyLinks {
  private static final Comparator<ContainerPort> HIGHEST_FIRST =
      comparingInt(ContainerPort::port).reversed().thenComparing(ContainerPort::protocol);

  private final Bridges bridges;
  private final List<InspectedContainer> running;

  /**
   * @param running in the order in which they started
   */
  LegacyLinks(Bridges bridges, List<InspectedContainer> running) {
    this.bridges = bridges;
    this.running = running;
  }

  List<Link> oldestFirst() {
    return bridges
        .defaultBridge()
        .filter(bridge -> !bridge.icc())
        .map(bridge -> running.stream().flatMap(parent -> links(parent, bridge)).toList())
        .orElse(List.of());
  }

  private Stream<Link> links(InspectedContainer parent, BridgeNetwork bridge) {
    return address(parent, bridge).stream()
        .flatMap(from ->
            parent.links().stream()
                .flatMap(link -> child(link).stream())
                .flatMap(child ->
                    address(child, bridge).stream().flatMap(to -> links(bridge, from, to, child))));
  }

  private static Stream<Link> links(
      BridgeNetwork bridge, IpAddress parent, IpAddress child, InspectedContainer exposing) {
    return exposing.exposed().stream()
        .sorted(HIGHEST_FIRST)
        .map(port -> new Link(bridge.bridge(), parent, child, port.protocol(), port.port()));
  }

  /** The container before the colon of {@code /child:/parent/alias}. */
  private Optional<InspectedContainer> child(String link) {
    int colon = link.indexOf(':');
    String path = colon < 0 ? link : link.substring(0, colon);
    String name = path.startsWith("/") ? path.substring(1) : path;
    return running.stream()
        .filter(container ->
            container.publisher().name().equals(name) || container.publisher().id().equals(name))
        .findFirst();
  }

  private Optional<IpAddress> address(InspectedContainer container, BridgeNetwork bridge) {
    return container.attachments().stream()
        .filter(attachment -> bridges.of(attachment).equals(Optional.of(bridge)))
        .flatMap(attachment -> attachment.ipv4().stream())
        .findFirst();
  }
}
