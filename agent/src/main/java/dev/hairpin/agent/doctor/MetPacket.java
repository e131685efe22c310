package dev.hairpin.agent.doctor;

import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.List;

/**
 * A packet as it was when it met a chain.
 *
 * @param bridge by which the container is reached; empty text where that is not known
 * @param isRequest whether it asks the port, and is no answer
 */
record MetPacket(Packet packet, Hook hook, String bridge, boolean isRequest) {
  /**
   * Finds it on the way of a packet that met a chain.
   *
   * @param way one of those that are spoilt there
   */
  static MetPacket at(Place chain, Trace trace, Way way) {
    return trace.hops().stream()
        .filter(hop -> isOf(hop, chain))
        .findFirst()
        .map(hop -> of(hop.before(), hop.hook(), hop.output(), way))
        .orElseGet(() -> last(trace, way));
  }

  /** A base chain without a rule that matched is no hop where it drops. */
  private static MetPacket last(Trace trace, Way way) {
    List<Hop> hops = trace.hops();
    return hops.isEmpty()
        ? of(trace.last(), firstHook(trace.last()), "", way)
        : of(trace.last(), hops.getLast().hook(), hops.getLast().output(), way);
  }

  private static Hook firstHook(Packet packet) {
    return switch (packet.origin()) {
      case Packet.Origin.ThisHost() -> Hook.OUTPUT;
      case Packet.Origin.Arriving arriving -> Hook.PREROUTING;
      case Packet.Origin.Bridged bridged -> Hook.PREROUTING;
    };
  }

  private static boolean isOf(Hop hop, Place chain) {
    return hop.chain().filter(chain::equals).isPresent()
        || hop.steps().stream().anyMatch(step -> step.at().equals(chain));
  }

  private static MetPacket of(Packet packet, Hook hook, String output, Way way) {
    int port = packet.destinationPort();
    boolean isRequest =
        port == way.binding().hostPort().port() || port == way.binding().containerPort();
    return new MetPacket(packet, hook, way.bridge().orElse(output), isRequest);
  }

  boolean isAtInput() {
    return hook == Hook.INPUT;
  }
}
