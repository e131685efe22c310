package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.util.Optional;

/**
 * The first packet of a new connection.
 *
 * @param sourcePort 0-65535
 * @param destinationPort 0-65535
 * @param arrivesOn the interface; empty when a process of this host sends it
 */
public record Packet(
    Protocol protocol,
    IpAddress source,
    int sourcePort,
    IpAddress destination,
    int destinationPort,
    Optional<String> arrivesOn) {
  /** A port such as clients have. */
  private static final int CLIENT_PORT = 40000;

  public Packet {
    requireNonNull(protocol, "protocol");
    requireNonNull(source, "source");
    requireNonNull(destination, "destination");
    requireNonNull(arrivesOn, "arrivesOn");
    if (source.family() != destination.family()) {
      throw new IllegalArgumentException(
          "a packet from " + source + " to " + destination + " is of no family");
    }
  }

  /** Comes in by an interface. */
  public static Packet arriving(
      String on, Protocol protocol, IpAddress source, IpAddress destination, int port) {
    return new Packet(protocol, source, CLIENT_PORT, destination, port, Optional.of(on));
  }

  /** Sent by a process of this host. */
  public static Packet sent(Protocol protocol, IpAddress source, IpAddress destination, int port) {
    return new Packet(protocol, source, CLIENT_PORT, destination, port, Optional.empty());
  }

  Packet to(IpAddress address, int port) {
    return new Packet(protocol, source, sourcePort, address, port, arrivesOn);
  }

  Packet from(IpAddress address) {
    return new Packet(protocol, address, sourcePort, destination, destinationPort, arrivesOn);
  }
}
