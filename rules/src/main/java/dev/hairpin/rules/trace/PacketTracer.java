package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.Tables;

/**
 * Follows packets through a host's tables, iptables' and nftables' own, whoever wrote them. Only
 * new connections: those that are known keep to what was decided for their first packet. A rule
 * that is not understood makes the answer {@link Trace.Verdict.Unknown}, never a guess.
 */
public final class PacketTracer {
  private final Tables tables;
  private final Host host;

  public PacketTracer(Tables tables, Host host) {
    this.tables = requireNonNull(tables, "tables");
    this.host = requireNonNull(host, "host");
  }

  /**
   * Follows one packet.
   *
   * @throws IllegalArgumentException if it is of the other family
   */
  public Trace trace(Packet packet) {
    if (packet.destination().family() != tables.family()) {
      throw new IllegalArgumentException(
          "a packet to " + packet.destination() + " does not meet rules of " + tables.family());
    }
    return new Walk(tables, host, packet).run();
  }
}
