package dev.hairpin.agent.cli;

import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.agent.walk.Difference;
import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Trace;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/** Compares packets that were followed with what was to be expected of them. */
record PredictedAndSeen(KnownHost host) {
  /** Of each connection the first packet, and the first answer; says what differs. */
  boolean isSame(List<TracedPacket> packets, PrintWriter out) {
    boolean isSame = true;
    for (TracedPacket packet : packets) {
      if (packet.isFirstOfConnection()) {
        Prediction prediction =
            Prediction.of(host.tables(), host.network(), packet.packet(), host.proxied());
        isSame &= isSame(packet, prediction.there(), out);
        Optional<TracedPacket> answer =
            packets.stream().filter(other -> other.answers(packet)).findFirst();
        if (answer.isPresent() && prediction.back().isPresent()) {
          isSame &= isSame(answer.get(), prediction.back().get(), out);
        }
      }
    }
    out.flush();
    return isSame;
  }

  private boolean isSame(TracedPacket packet, Trace predicted, PrintWriter out) {
    Difference difference = Difference.between(host.tables(), predicted, packet.trace());
    Packet seen = packet.packet();
    out.println();
    out.println(
        packet.kind()
            + "  "
            + HopTable.source(seen)
            + " → "
            + HopTable.destination(seen)
            + (difference.isEmpty() ? ": as predicted" : ": not as predicted"));
    difference.onlyPredicted().forEach(line -> out.println("  predicted  " + Printable.line(line)));
    difference.onlySeen().forEach(line -> out.println("  seen       " + Printable.line(line)));
    return difference.isEmpty();
  }
}
