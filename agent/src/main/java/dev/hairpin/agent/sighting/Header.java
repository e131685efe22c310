package dev.hairpin.agent.sighting;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a packet says of itself.
 *
 * @param protocol {@code TCP}, {@code ICMP}; empty where it isn't said
 * @param ports empty for a protocol without
 * @param flags TCP's, such as SYN
 * @param icmpType empty for others
 * @param marks what tells it from others of its connection, and stays as it is translated: length,
 *     identification, sequence numbers
 */
public record Header(
    IpAddress source,
    IpAddress destination,
    String protocol,
    Optional<Ports> ports,
    Set<String> flags,
    Optional<Integer> icmpType,
    String marks) {
  public Header {
    requireNonNull(source, "source");
    requireNonNull(destination, "destination");
    requireNonNull(protocol, "protocol");
    requireNonNull(ports, "ports");
    flags = Set.copyOf(flags);
    requireNonNull(icmpType, "icmpType");
    requireNonNull(marks, "marks");
  }

  /** Of TCP, UDP or SCTP. */
  public record Ports(int source, int destination) {}

  /** {@code 192.0.2.2:40000}. */
  public String from() {
    return ports.map(each -> source.withPort(each.source())).orElse(source.toString());
  }

  /** {@code 192.0.2.1:8080}. */
  public String to() {
    return ports
        .map(each -> destination.withPort(each.destination()))
        .orElse(destination.toString());
  }

  /** Whether it is of the same packet, though perhaps translated meanwhile. */
  boolean isOfSamePacket(Header other) {
    return protocol.equals(other.protocol)
        && flags.equals(other.flags)
        && icmpType.equals(other.icmpType)
        && marks.equals(other.marks);
  }

  /** {@code SYN}, {@code ACK+PSH}, {@code echo request}, {@code UDP}. */
  public String kind() {
    if (!flags.isEmpty()) {
      return String.join(
          "+",
          Stream.of("SYN", "FIN", "RST", "PSH", "URG", "ACK").filter(flags::contains).toList());
    }
    return icmpType
        .map(type ->
            switch (type) {
              case 8, 128 -> "echo request";
              case 0, 129 -> "echo reply";
              default -> protocol + " " + type;
            })
        .orElse(protocol);
  }
}
