package dev.hairpin.agent.walk;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.trace.Packet;

/** Why the kernel has no way for a packet. */
public sealed interface Obstacle {
  /** Loopback addresses pass no interface but lo, unless it has route_localnet. */
  record Loopback() implements Obstacle {}

  /** Nobody else may send from an address of this host. */
  record OwnAddress(IpAddress source) implements Obstacle {
    public OwnAddress {
      requireNonNull(source, "source");
    }
  }

  record NoRoute(IpAddress destination) implements Obstacle {
    public NoRoute {
      requireNonNull(destination, "destination");
    }
  }

  /** This host forwards nothing of a family. */
  record NoForwarding(Family family) implements Obstacle {
    public NoForwarding {
      requireNonNull(family, "family");
    }

    /** Which setting says so. */
    public String sysctl() {
      return switch (family) {
        case IPV4 -> "net.ipv4.ip_forward";
        case IPV6 -> "net.ipv6.conf.all.forwarding";
      };
    }
  }

  /** There is a way, and it may not take it. */
  record Forbidden(IpAddress destination) implements Obstacle {
    public Forbidden {
      requireNonNull(destination, "destination");
    }
  }

  /**
   * What the kernel minds first, in the order in which it looks (ip_route_input_slow, ip_forward).
   *
   * @param packet as it is when a way is looked for
   */
  static Obstacle of(Surveyed host, Packet packet, IpAddress destination) {
    if (packet.source().isLoopback() || destination.isLoopback()) {
      return new Loopback();
    }
    if (host.host().isLocal(packet.source())) {
      return new OwnAddress(packet.source());
    }
    if (host.host().route(destination).isEmpty()) {
      return new NoRoute(destination);
    }
    return host.host().forwards().contains(destination.family())
        ? new Forbidden(destination)
        : new NoForwarding(destination.family());
  }
}
