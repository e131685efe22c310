package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Which packets are to be traced: those of some connections, in both directions, and no more of
 * them than a number.
 *
 * @param flows at least one
 * @param layers which tables they are seen in
 * @param packets 1-{@value #MOST_PACKETS}. A packet counts each time that it comes into the host or
 *     is sent by it: on loopback that is twice
 */
public record TraceFilter(List<Flow> flows, Layers layers, int packets) {
  /** Half of what the kernel can count in this way (nft_limit.c: a day in ns times the burst). */
  public static final int MOST_PACKETS = 100_000;

  public TraceFilter {
    flows = List.copyOf(flows);
    requireNonNull(layers, "layers");
    if (flows.isEmpty()) {
      throw new IllegalArgumentException("a filter for no connections");
    }
    if (packets < 1 || packets > MOST_PACKETS) {
      throw new IllegalArgumentException(
          "limit of " + packets + " packets is outside 1-" + MOST_PACKETS);
    }
  }

  /** A filter for these connections. */
  public static TraceFilter of(int packets, Flow... flows) {
    return new TraceFilter(Arrays.asList(flows), Layers.IP, packets);
  }

  /** Which layers of the network tell of a packet. */
  public enum Layers {
    /** That of routers: iptables' and nftables' tables. */
    IP,
    /** Bridges, too: ebtables' tables, and those of nftables' family bridge. */
    IP_AND_BRIDGE
  }

  /** What a client asks a server for. */
  public sealed interface Service {
    /** Ports of a protocol, as the client sees them. */
    record Ports(Protocol protocol, PortRange ports) implements Service {
      public Ports {
        requireNonNull(protocol, "protocol");
        requireNonNull(ports, "ports");
      }
    }

    /** ICMP's or ICMPv6's echo. */
    record Ping() implements Service {}
  }

  /**
   * Connections that clients make to servers. A connection whose server is translated (DNAT) is
   * named by the server that its client asked; what a proxy makes of it is a connection of its own.
   *
   * @param client who asks; everybody if empty
   * @param clientPort from which port, 0-65535; any if empty
   * @param server who is asked; everybody if empty
   */
  public record Flow(
      Optional<IpPrefix> client,
      OptionalInt clientPort,
      Optional<IpPrefix> server,
      Service service) {
    public Flow {
      requireNonNull(client, "client");
      requireNonNull(clientPort, "clientPort");
      requireNonNull(server, "server");
      requireNonNull(service, "service");
      if (client.isPresent()
          && server.isPresent()
          && client.get().family() != server.get().family()) {
        throw new IllegalArgumentException(
            "connections from " + client.get() + " to " + server.get() + " are of no family");
      }
      if (clientPort.isPresent() && service instanceof Service.Ping) {
        throw new IllegalArgumentException("a ping has no ports");
      }
    }

    /** Connections to a port, of everybody with everybody. */
    public static Flow to(Protocol protocol, int port) {
      return to(new Service.Ports(protocol, PortRange.of(port)));
    }

    /** Connections for a service, of everybody with everybody. */
    public static Flow to(Service service) {
      return new Flow(Optional.empty(), OptionalInt.empty(), Optional.empty(), service);
    }

    /** Those of them that these clients make. */
    public Flow from(IpPrefix clients) {
      return new Flow(Optional.of(clients), clientPort, server, service);
    }

    /** Those of them that are made from that port. */
    public Flow fromPort(int port) {
      return new Flow(client, OptionalInt.of(port), server, service);
    }

    /** Those of them that are made to these servers. */
    public Flow at(IpPrefix servers) {
      return new Flow(client, clientPort, Optional.of(servers), service);
    }

    /** Of its addresses; both where it has none. */
    List<Family> families() {
      return Stream.concat(client.stream(), server.stream())
          .map(IpPrefix::family)
          .findFirst()
          .map(List::of)
          .orElse(List.of(Family.values()));
    }
  }
}
