package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The first packet of a new connection, or a ping.
 *
 * @param mark as the kernel and its rules use it (SO_MARK, {@code -m mark}); 0 for none
 */
public record Packet(
    Payload payload, IpAddress source, IpAddress destination, Origin origin, int mark) {
  /** A port such as clients have. */
  private static final int CLIENT_PORT = 40000;

  public Packet {
    requireNonNull(payload, "payload");
    requireNonNull(source, "source");
    requireNonNull(destination, "destination");
    requireNonNull(origin, "origin");
    if (source.family() != destination.family()) {
      throw new IllegalArgumentException(
          "a packet from " + source + " to " + destination + " is of no family");
    }
  }

  /** What is in it. */
  public sealed interface Payload {
    /**
     * A transport protocol's.
     *
     * @param sourcePort 0-65535
     * @param destinationPort 0-65535
     */
    record Segment(Protocol protocol, int sourcePort, int destinationPort) implements Payload {
      public Segment {
        requireNonNull(protocol, "protocol");
      }
    }

    /** ICMP's or ICMPv6's echo request. */
    record Ping() implements Payload {}

    /** What asks for a port, from a port such as clients have. */
    static Payload to(Protocol protocol, int port) {
      return new Segment(protocol, CLIENT_PORT, port);
    }
  }

  /** Where it comes from. */
  public sealed interface Origin {
    /** A process of this host. */
    record ThisHost() implements Origin {}

    /** It comes in by an interface, to be delivered here or routed onwards. */
    record Arriving(String on) implements Origin {}

    /**
     * It comes in by one port of a bridge and is addressed to another: the sender has its receiver
     * on its own network, and the host only passes the frame on.
     */
    record Bridged(String bridge) implements Origin {}
  }

  /** Comes in by an interface. */
  public static Packet arriving(
      String on, Protocol protocol, IpAddress source, IpAddress destination, int port) {
    return new Packet(
        Payload.to(protocol, port), source, destination, new Origin.Arriving(on), /* mark= */ 0);
  }

  /** Goes from one port of a bridge to another. */
  public static Packet bridged(
      String bridge, Protocol protocol, IpAddress source, IpAddress destination, int port) {
    return new Packet(
        Payload.to(protocol, port), source, destination, new Origin.Bridged(bridge), /* mark= */ 0);
  }

  /** Sent by a process of this host. */
  public static Packet sent(Protocol protocol, IpAddress source, IpAddress destination, int port) {
    return new Packet(
        Payload.to(protocol, port), source, destination, new Origin.ThisHost(), /* mark= */ 0);
  }

  /** The transport protocol; a ping has none. */
  public Optional<Protocol> protocol() {
    return switch (payload) {
      case Payload.Segment(Protocol protocol, int from, int to) -> Optional.of(protocol);
      case Payload.Ping() -> Optional.empty();
    };
  }

  /** Which port it is for; 0 for a ping. */
  public int destinationPort() {
    return switch (payload) {
      case Payload.Segment(Protocol protocol, int from, int to) -> to;
      case Payload.Ping() -> 0;
    };
  }

  /**
   * The same, sent to another address.
   *
   * @param port of that address; as before if empty, and none for a ping
   */
  public Packet to(IpAddress address, OptionalInt port) {
    Payload changed =
        switch (payload) {
          case Payload.Segment(Protocol protocol, int from, int to) ->
              new Payload.Segment(protocol, from, port.orElse(to));
          case Payload.Ping ping -> ping;
        };
    return new Packet(changed, source, address, origin, mark);
  }

  Packet from(IpAddress address) {
    return from(address, OptionalInt.empty());
  }

  Packet from(IpAddress address, OptionalInt port) {
    Payload changed =
        switch (payload) {
          case Payload.Segment(Protocol protocol, int from, int to) ->
              new Payload.Segment(protocol, port.orElse(from), to);
          case Payload.Ping ping -> ping;
        };
    return new Packet(changed, address, destination, origin, mark);
  }

  /** What its receiver sends back. The mark stays behind: it is this host's. */
  Packet answered(Origin by) {
    Payload reversed =
        switch (payload) {
          case Payload.Segment(Protocol protocol, int from, int to) ->
              new Payload.Segment(protocol, to, from);
          case Payload.Ping ping -> ping;
        };
    return new Packet(reversed, /* source= */ destination, /* destination= */ source, by, 0);
  }

  Packet marked(int value) {
    return new Packet(payload, source, destination, origin, value);
  }
}
