package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.TraceEvent.Tracked;
import dev.hairpin.rules.trace.Packet;
import java.util.Optional;

/**
 * How a packet looks as it comes to a chain.
 *
 * @param input the interface that it came by; empty for what this host sends
 * @param output the interface that it is to leave by; empty while that is not decided
 */
record Seen(PacketHeader header, String input, String output, int mark, Optional<Tracked> tracked) {
  Seen {
    requireNonNull(header, "header");
    requireNonNull(input, "input");
    requireNonNull(output, "output");
    requireNonNull(tracked, "tracked");
  }

  /** The same in the words of the prediction. */
  Packet packet() {
    Packet.Payload payload =
        header.content() instanceof Content.Segment segment
            ? new Packet.Payload.Segment(
                segment.protocol(), segment.sourcePort(), segment.destinationPort())
            : new Packet.Payload.Ping();
    return new Packet(
        payload,
        header.source(),
        header.destination(),
        input.isEmpty() ? new Packet.Origin.ThisHost() : new Packet.Origin.Arriving(input),
        mark);
  }
}
