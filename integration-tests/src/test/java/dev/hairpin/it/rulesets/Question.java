package dev.hairpin.it.rulesets;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.trace.Packet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * A packet that somebody sends: the first of a connection.
 *
 * @param port that it is for
 * @param sourcePorts the first of those that it may come from
 */
record Question(
    Sender sender, Protocol protocol, IpAddress from, IpAddress to, int port, int sourcePorts) {
  /** Some of them are in the rules, too. */
  static final List<Integer> PORTS = List.of(80, 8080, 53, 81, 9);

  /** Each packet has a source port of its own, by which it is known. Rules tell halves apart. */
  static final int LOW_PORTS = 10_000;

  static final int HIGH_PORTS = 30_000;
  static final int PORTS_EACH = 20_000;

  /** From which a packet comes that is sent to be heard of after another one. */
  static final int LAST_PORT = 9_999;

  /** Who sends. */
  enum Sender {
    OUTSIDE,
    HOST,
    CONTAINER
  }

  static Arbitrary<Question> any(Family family) {
    Addresses addresses = Addresses.of(family);
    return Arbitraries.of(Sender.class)
        .flatMap(sender ->
            Combinators.combine(
                    Arbitraries.of(Protocol.TCP, Protocol.UDP),
                    Arbitraries.of(sources(sender, addresses)),
                    Arbitraries.of(destinations(sender, addresses)),
                    Arbitraries.of(PORTS),
                    Arbitraries.of(LOW_PORTS, HIGH_PORTS))
                .as((protocol, from, to, port, sourcePorts) ->
                    new Question(sender, protocol, from, to, port, sourcePorts)));
  }

  /** A packet of the host's to itself, of which is heard in any case. */
  static Question last(Family family) {
    IpAddress loopback = Addresses.of(family).loopback();
    return new Question(Sender.HOST, Protocol.UDP, loopback, loopback, 9, LAST_PORT);
  }

  private static List<IpAddress> sources(Sender sender, Addresses at) {
    return switch (sender) {
      case OUTSIDE -> List.of(at.outside(), at.outside(), at.outside(), at.hostsOther());
      case HOST -> List.of(at.host(), at.gateway(), at.hostsOther(), at.loopback());
      case CONTAINER -> List.of(at.container());
    };
  }

  /** Those that its sender doesn't have itself, and has a way to. */
  private static List<IpAddress> destinations(Sender sender, Addresses at) {
    return switch (sender) {
      case OUTSIDE ->
          at.host().family() == Family.IPV4
              ? List.of(
                  at.host(), at.gateway(), at.container(), at.stranger(), at.far(), at.loopback())
              : List.of(at.host(), at.gateway(), at.container(), at.stranger(), at.far());
      case HOST ->
          List.of(
              at.host(),
              at.hostsOther(),
              at.gateway(),
              at.container(),
              at.stranger(),
              at.outside(),
              at.far(),
              at.loopback());
      case CONTAINER ->
          List.of(
              at.host(),
              at.hostsOther(),
              at.gateway(),
              at.neighbour(),
              at.stranger(),
              at.outside(),
              at.far());
    };
  }

  /** The same for the tracer. */
  Packet packet(int sourcePort) {
    return new Packet(
        new Packet.Payload.Segment(protocol, sourcePort, port), from, to, origin(), /* mark= */ 0);
  }

  private Packet.Origin origin() {
    return switch (sender) {
      case OUTSIDE -> new Packet.Origin.Arriving("eth0");
      case HOST -> new Packet.Origin.ThisHost();
      case CONTAINER ->
          to.equals(Addresses.of(to.family()).neighbour())
              ? new Packet.Origin.Bridged("br1")
              : new Packet.Origin.Arriving("br1");
    };
  }

  @Override
  public String toString() {
    return "%s from %s by %s to %s"
        .formatted(protocol, from.withPort(sourcePorts), sender, to.withPort(port));
  }
}
