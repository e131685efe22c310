package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where a publisher is reached from the host. At least one of the two addresses is there. */
public record Endpoint(Publisher publisher, Optional<IpAddress> ipv4, Optional<IpAddress> ipv6) {
  public Endpoint {
    requireNonNull(publisher, "publisher");
    if (ipv4.isEmpty() && ipv6.isEmpty()) {
      throw new IllegalArgumentException("endpoint of " + publisher + " has no address");
    }
  }

  /**
   * The address behind a host address: of the same family where there is one. Otherwise the other
   * one, as dockerd does for {@code ::} in front of an IPv4 network; only the proxy can join them.
   */
  public IpAddress behind(IpAddress hostAddress) {
    return switch (hostAddress.family()) {
      case IPV4 -> ipv4.or(this::ipv6).orElseThrow();
      case IPV6 -> ipv6.or(this::ipv4).orElseThrow();
    };
  }

  /**
   * The bindings that a request comes to, container port descending as dockerd 20.10 orders them
   * (go-connections, nat.SortPortMap); a request without a host address is one for each wildcard.
   *
   * @param request with its host ports chosen
   */
  public List<PortBinding> bindings(PortRequest request) {
    if (request.leavesChoice()) {
      throw new IllegalArgumentException("host port of " + request + " is not chosen yet");
    }
    PortRange host = request.hostPorts().orElseThrow();
    PortRange container = request.containerPorts();
    List<IpAddress> hostAddresses =
        request
            .hostAddress()
            .map(List::of)
            .orElseGet(() -> List.of(IpAddress.any(Family.IPV4), IpAddress.any(Family.IPV6)));
    // Of one request, however wide: each port would have a copy of its own.
    String spec = request.toString();
    List<PortBinding> bindings = new ArrayList<>();
    for (int i = container.size() - 1; i >= 0; i--) {
      for (IpAddress hostAddress : hostAddresses) {
        bindings.add(
            new PortBinding(
                new HostPort(request.protocol(), hostAddress, host.first() + i),
                behind(hostAddress),
                container.first() + i,
                publisher,
                spec));
      }
    }
    return bindings;
  }
}
