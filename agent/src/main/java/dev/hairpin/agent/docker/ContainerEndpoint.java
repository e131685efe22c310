package dev.hairpin.agent.docker;

import static java.util.Comparator.comparing;
import static java.util.Comparator.reverseOrder;

import dev.hairpin.agent.docker.InspectedContainer.Attachment;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.Publisher;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the endpoint that a container's ports are published on. dockerd does not say; these are its
 * rules (libnetwork, sandbox.go Less and default_gateway.go selectGatewayEndpoint).
 */
final class ContainerEndpoint {
  private static final Comparator<Attachment> GATEWAY_FIRST =
      comparing(Attachment::gatewayPriority, reverseOrder())
          .thenComparing(ContainerEndpoint::isDualStack, reverseOrder())
          .thenComparing(Attachment::network);

  private final Bridges bridges;

  ContainerEndpoint(Bridges bridges) {
    this.bridges = bridges;
  }

  /** Empty for a container that no bridge connects to the outside. */
  Optional<Endpoint> of(InspectedContainer container, Publisher publisher) {
    List<Attachment> places =
        container.attachments().stream().filter(this::leadsOutside).sorted(GATEWAY_FIRST).toList();
    // A network with both families is the gateway of both, before any that has only one.
    List<Attachment> gateways =
        Stream.concat(
                places.stream().filter(ContainerEndpoint::isDualStack).limit(1), places.stream())
            .toList();
    Optional<IpAddress> ipv4 = first(gateways, Family.IPV4);
    Optional<IpAddress> ipv6 = first(gateways, Family.IPV6);
    return ipv4.isEmpty() && ipv6.isEmpty()
        ? Optional.empty()
        : Optional.of(new Endpoint(publisher, ipv4, ipv6));
  }

  private boolean leadsOutside(Attachment attachment) {
    return bridges.of(attachment).filter(bridge -> !bridge.internal()).isPresent();
  }

  private static Optional<IpAddress> first(List<Attachment> gateways, Family family) {
    return gateways.stream().flatMap(at -> outward(at, family).stream()).findFirst();
  }

  private static boolean isDualStack(Attachment attachment) {
    return Stream.of(Family.values()).allMatch(family -> outward(attachment, family).isPresent());
  }

  /** The address that has a way out. */
  private static Optional<IpAddress> outward(Attachment attachment, Family family) {
    return attachment.gateway(family).flatMap(gateway -> attachment.address(family));
  }
}
