package dev.hairpin.agent.docker;

import static java.util.Comparator.comparing;
import static java.util.Comparator.reverseOrder;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.google.common.base.Strings;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.Publisher;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the endpoint that a container's ports are published on. dockerd does not say; these are its
 * rules (libnetwork, sandbox.go Less and default_gateway.go).
 */
final class ContainerEndpoint {
  private final Map<String, BridgeNetwork> bridges;

  /**
   * @param bridges by network id
   */
  ContainerEndpoint(Map<String, BridgeNetwork> bridges) {
    this.bridges = bridges;
  }

  /** A container's place on one network that leads outside. */
  private record Place(String network, long priority, ContainerNetwork settings) {
    private static final Comparator<Place> GATEWAY_FIRST =
        comparing(Place::priority, reverseOrder())
            .thenComparing(Place::isDualStack, reverseOrder())
            .thenComparing(Place::network);

    Optional<IpAddress> ipv4() {
      return address(settings.getIpAddress(), settings.getGateway());
    }

    Optional<IpAddress> ipv6() {
      return address(settings.getGlobalIPv6Address(), settings.getIpV6Gateway());
    }

    boolean isDualStack() {
      return ipv4().isPresent() && ipv6().isPresent();
    }

    private static Optional<IpAddress> address(String address, String gateway) {
      return Strings.isNullOrEmpty(address) || Strings.isNullOrEmpty(gateway)
          ? Optional.empty()
          : Optional.of(IpAddress.parse(address));
    }
  }

  /** Empty for a container that no bridge connects to the outside. */
  Optional<Endpoint> of(InspectContainerResponse container, Publisher publisher) {
    Map<String, ContainerNetwork> networks = container.getNetworkSettings().getNetworks();
    if (networks == null) {
      return Optional.empty();
    }
    List<Place> places =
        networks.entrySet().stream()
            .filter(entry -> leadsOutside(entry.getValue()))
            .map(entry ->
                new Place(entry.getKey(), priority(container, entry.getKey()), entry.getValue()))
            .sorted(Place.GATEWAY_FIRST)
            .toList();
    Optional<IpAddress> ipv4 = places.stream().flatMap(place -> place.ipv4().stream()).findFirst();
    Optional<IpAddress> ipv6 = places.stream().flatMap(place -> place.ipv6().stream()).findFirst();
    return ipv4.isEmpty() && ipv6.isEmpty()
        ? Optional.empty()
        : Optional.of(new Endpoint(publisher, ipv4, ipv6));
  }

  private boolean leadsOutside(ContainerNetwork settings) {
    BridgeNetwork bridge = bridges.get(settings.getNetworkID());
    return bridge != null && !bridge.internal();
  }

  /** GwPriority (Docker 28 on), which docker-java has no word for. */
  private static long priority(InspectContainerResponse container, String network) {
    Object value = container.getRawValues();
    for (String key : List.of("NetworkSettings", "Networks", network, "GwPriority")) {
      value = value instanceof Map<?, ?> map ? map.get(key) : null;
    }
    return value instanceof Number number ? number.longValue() : 0;
  }
}
