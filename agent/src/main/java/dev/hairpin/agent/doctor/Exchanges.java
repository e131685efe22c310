package dev.hairpin.agent.doctor;

import dev.hairpin.rules.trace.Exchange;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.PacketTracer;

/**
 * Follows packets, and what is answered to them. Whoever asks a port through the userland proxy,
 * the proxy asks the container by the same packet, so the last ones are remembered.
 */
final class Exchanges {
  /** More than the ways of one port. */
  private static final int FEW = 32;

  private final PacketTracer tracer;
  private final Latest<Packet, Exchange> last = new Latest<>(FEW);

  Exchanges(PacketTracer tracer) {
    this.tracer = tracer;
  }

  Exchange of(Packet packet) {
    return last.get(packet, () -> tracer.exchange(packet));
  }
}
