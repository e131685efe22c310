package dev.hairpin.agent.docker;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;

import dev.hairpin.agent.docker.InspectedContainer.HostEnd;
import dev.hairpin.agent.docker.InspectedContainer.Wish;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.RoutedPort;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What dockerd published of one container, and what its user wrote for it, in the order in which
 * dockerd did it.
 */
final class PublishedPorts {
  /** One end of a published port, and the text that it comes from. */
  private record Published(ContainerPort port, HostEnd at, PortRequest wish) {
    boolean leavesChoice() {
      return wish.hostPorts().map(ports -> ports.size() > 1).orElse(true);
    }
  }

  /**
   * dockerd from 27 on (port_mapping_linux.go, cmpPortBinding): exact host ports before those left
   * open, then the lowest container port.
   */
  private static final Comparator<Published> EXACT_FIRST =
      comparing(Published::leavesChoice)
          .thenComparingInt(published -> published.port().port())
          .thenComparing(published -> published.port().protocol());

  private final InspectedContainer container;
  private final List<Published> ports;

  PublishedPorts(InspectedContainer container, EngineVersion engine) {
    this.container = container;
    List<Published> all = new ArrayList<>();
    for (Map.Entry<ContainerPort, List<HostEnd>> entry : container.published().entrySet()) {
      ContainerPort port = entry.getKey();
      entry.getValue().forEach(at -> all.add(new Published(port, at, wish(port, at))));
    }
    // Those of one container port are listed as they were published.
    this.ports =
        all.stream()
            .distinct()
            .sorted(engine.isAtLeast(27, 0) ? EXACT_FIRST : sorted(container))
            .toList();
  }

  private static Comparator<Published> sorted(InspectedContainer container) {
    Map<ContainerPort, Integer> places = new HashMap<>();
    for (ContainerPort port : SortedPortMap.of(container)) {
      places.put(port, places.size());
    }
    return comparingInt(published -> places.get(published.port()));
  }

  /** The ports with a host port. */
  List<PortBinding> bindings(Endpoint endpoint) {
    return ports.stream().flatMap(published -> binding(published, endpoint).stream()).toList();
  }

  private static Optional<PortBinding> binding(Published published, Endpoint endpoint) {
    return published
        .at()
        .port()
        .map(port ->
            new PortBinding(
                new HostPort(published.port().protocol(), published.at().address(), port),
                endpoint.behind(published.at().address()),
                published.port().port(),
                endpoint.publisher(),
                published.wish().toString()));
  }

  /**
   * The ports without one, as they are open at an address on a routed network.
   *
   * @param address of the container
   */
  List<RoutedPort> routed(IpAddress address) {
    Family family = address.family();
    return ports.stream()
        .filter(published -> published.at().port().isEmpty())
        .filter(published -> published.at().address().family() == family)
        .map(published ->
            new RoutedPort(
                published.port().protocol(),
                address,
                published.port().port(),
                container.publisher(),
                published.wish().toString()))
        .toList();
  }

  /** The {@code -p} text that a host port comes from; for {@code -P} that of the port alone. */
  private PortRequest wish(ContainerPort port, HostEnd at) {
    return container.wished().getOrDefault(port, List.of()).stream()
        .filter(wish -> asksFor(wish, at))
        .map(wish -> request(port, wish))
        .min(comparing(PortRequest::leavesChoice))
        .orElseGet(() -> request(port, Wish.ANY));
  }

  private static boolean asksFor(Wish wish, HostEnd at) {
    if (at.port().isEmpty()) {
      return wish.address().map(address -> address.family() == at.address().family()).orElse(true);
    }
    return wish.ports().map(ports -> ports.contains(at.port().get())).orElse(true)
        && wish.address().map(at.address()::equals).orElse(true);
  }

  /** What was to be published of a container, whether or not it was. */
  static List<PortRequest> requests(InspectedContainer container) {
    Stream<PortRequest> wished =
        container.wished().entrySet().stream()
            .flatMap(entry -> entry.getValue().stream().map(wish -> request(entry.getKey(), wish)));
    Stream<PortRequest> exposed =
        container.publishAll()
            ? container.exposed().stream().map(port -> request(port, Wish.ANY))
            : Stream.empty();
    return Stream.concat(wished, exposed).toList();
  }

  private static PortRequest request(ContainerPort port, Wish wish) {
    return new PortRequest(
        port.protocol(), wish.address(), wish.ports(), PortRange.of(port.port()));
  }
}
