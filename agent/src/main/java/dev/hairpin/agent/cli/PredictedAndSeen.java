package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.agent.walk.Difference;
import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.rules.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A packet that was followed, and where it went otherwise than was to be expected of it. */
record PredictedAndSeen(TracedPacket packet, Difference difference) {
  PredictedAndSeen {
    requireNonNull(packet, "packet");
    requireNonNull(difference, "difference");
  }

  /** Of each connection the first packet, and the first answer. */
  static List<PredictedAndSeen> among(List<TracedPacket> packets, KnownHost host) {
    List<PredictedAndSeen> compared = new ArrayList<>();
    for (TracedPacket packet : packets) {
      if (packet.isFirstOfConnection()) {
        Prediction prediction =
            Prediction.of(host.tables(), host.network(), packet.packet(), host.proxied());
        compared.add(of(host, prediction.there(), packet));
        Optional<TracedPacket> answer =
            packets.stream().filter(other -> other.answers(packet)).findFirst();
        if (answer.isPresent() && prediction.back().isPresent()) {
          compared.add(of(host, prediction.back().get(), answer.get()));
        }
      }
    }
    return compared;
  }

  private static PredictedAndSeen of(KnownHost host, Trace predicted, TracedPacket packet) {
    return new PredictedAndSeen(
        packet, Difference.between(host.tables(), predicted, packet.trace()));
  }

  boolean isSame() {
    return difference.isEmpty();
  }
}
