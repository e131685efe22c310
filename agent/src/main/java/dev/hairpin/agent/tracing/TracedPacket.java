package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.PacketHeader.TcpFlag;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Trace;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One packet that was followed, in the words of the prediction.
 *
 * @param header as it came, before any rule of others
 * @param packet the same, for the tracer
 * @param heardNanos when it was heard of first, on the clock of {@link System#nanoTime}
 * @param trace its way, as far as tables have chains there
 */
public record TracedPacket(PacketHeader header, Packet packet, long heardNanos, Trace trace) {
  public TracedPacket {
    requireNonNull(header, "header");
    requireNonNull(packet, "packet");
    requireNonNull(trace, "trace");
  }

  /** Types of ICMP and ICMPv6 (RFC 792, RFC 4443). */
  private static final Set<Integer> REQUESTS = Set.of(8, 128);

  private static final Set<Integer> REPLIES = Set.of(0, 129);

  /** {@code SYN}, {@code PSH+ACK}, {@code udp}, {@code echo request}. */
  public String kind() {
    return switch (header.content()) {
      case Content.Segment segment ->
          segment.flags().isEmpty()
              ? segment.protocol().keyword()
              : segment.flags().stream()
                  .sorted(Comparator.comparing((TcpFlag flag) -> flag == TcpFlag.ACK))
                  .map(TcpFlag::name)
                  .collect(Collectors.joining("+"));
      case Content.Icmp(int type, int code) ->
          switch (type) {
            case 8, 128 -> "echo request";
            case 0, 129 -> "echo reply";
            default -> "icmp " + type;
          };
      case Content.Unknown() -> "protocol " + header.protocol();
    };
  }

  /** Whether a client sent it to begin a connection, or it is a ping; of UDP it is never known. */
  public boolean isFirstOfConnection() {
    return isEcho(REQUESTS, header)
        || (header.content() instanceof Content.Segment segment
            && segment.flags().contains(TcpFlag.SYN)
            && !segment.flags().contains(TcpFlag.ACK));
  }

  private static boolean isEcho(Set<Integer> types, PacketHeader header) {
    return header.content() instanceof Content.Icmp(int type, int code) && types.contains(type);
  }

  /**
   * Whether no chain was asked on its way: all that is known is that it came, and that conntrack
   * has treated it like the first of its connection.
   */
  public boolean isSilent() {
    return trace.hops().isEmpty() && !isFirstOfConnection();
  }

  /** Whether it is what the receiver of the other has sent back, or one of the things. */
  public boolean answers(TracedPacket other) {
    Packet received = other.trace.last();
    Packet answer = packet;
    return answer.source().equals(received.destination())
        && answer.destination().equals(received.source())
        && switch (answer.payload()) {
          case Packet.Payload.Segment(var protocol, int from, int to) ->
              received.payload().equals(new Packet.Payload.Segment(protocol, to, from));
          case Packet.Payload.Ping() -> isEcho(REQUESTS, other.header) && isEcho(REPLIES, header);
        };
  }

  /** Whether it comes in by loopback what the other has left by it. */
  boolean comesAroundFrom(TracedPacket other) {
    Packet left = other.trace.last();
    return packet.origin().equals(new Packet.Origin.Arriving("lo"))
        && other.packet.origin() instanceof Packet.Origin.ThisHost
        && left.payload().equals(packet.payload())
        && left.source().equals(packet.source())
        && left.destination().equals(packet.destination())
        && header.length() == other.header.length()
        && kind().equals(other.kind());
  }
}
