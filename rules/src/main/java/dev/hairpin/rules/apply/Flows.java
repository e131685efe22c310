package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.HostPort;
import java.util.List;
import java.util.Optional;

/** Connections that {@link Conntrack} can forget. */
public sealed interface Flows {
  /**
   * All to or from a container, of every protocol: those that were DNATed to it, and those of a
   * proxy. Its address may be another container's soon.
   */
  record OfAddress(IpAddress container) implements Flows {
    public OfAddress {
      requireNonNull(container, "container");
    }
  }

  /**
   * Those that were sent to a host port and on to a container's. Others that the same container
   * port answers came another way, and stay.
   *
   * @param port 1-65535
   */
  record OfBinding(HostPort hostPort, IpAddress container, int port) implements Flows {
    public OfBinding {
      requireNonNull(hostPort, "hostPort");
      requireNonNull(container, "container");
    }
  }

  /**
   * Those that were sent to a host port, wherever they were sent on to. A UDP client that never
   * pauses would otherwise keep to what was there when it began: no NAT, or the proxy.
   */
  record OfHostPort(HostPort hostPort) implements Flows {
    public OfHostPort {
      requireNonNull(hostPort, "hostPort");
    }
  }

  /** Whose addresses they have. */
  default Family family() {
    return switch (this) {
      case OfAddress(IpAddress container) -> container.family();
      case OfBinding(var hostPort, IpAddress container, var port) -> container.family();
      case OfHostPort(HostPort hostPort) -> hostPort.address().family();
    };
  }

  /** The commands of conntrack(8) that delete these, without the tool's name. */
  default List<String> deletions() {
    return switch (this) {
      // The reply tuple has the addresses after NAT.
      case OfAddress(IpAddress container) ->
          List.of(
              delete(container) + " --reply-src " + container,
              delete(container) + " --reply-dst " + container);
      case OfBinding(HostPort hostPort, IpAddress container, int port) ->
          List.of(sentTo(hostPort) + " --reply-src " + container + " --reply-port-src " + port);
      case OfHostPort(HostPort hostPort) -> List.of(sentTo(hostPort));
    };
  }

  private static String sentTo(HostPort hostPort) {
    return delete(hostPort.address())
        + " -p "
        + hostPort.protocol()
        + specific(hostPort.address()).map(host -> " --orig-dst " + host).orElse("")
        + " --orig-port-dst "
        + hostPort.port();
  }

  private static String delete(IpAddress address) {
    return "-D -f " + Conntrack.name(address.family());
  }

  private static Optional<IpAddress> specific(IpAddress host) {
    return host.isWildcard() ? Optional.empty() : Optional.of(host);
  }
}
