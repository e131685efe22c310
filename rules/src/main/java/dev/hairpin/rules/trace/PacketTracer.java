package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Follows packets through a host's tables, iptables' and nftables' own, whoever wrote them. Of a
 * connection only the first packet and its answer: all others keep to what was decided for these. A
 * rule that is not understood makes the verdict {@link Trace.Verdict.Unknown}, never a guess.
 */
public final class PacketTracer {
  private final Tables tables;
  private final Host host;
  private final Map<Hook, List<Hooks.Stage>> stages = new ConcurrentHashMap<>();

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
    return walk(packet).run();
  }

  /**
   * Follows what the receiver of a packet sends back: whether it gets to the sender ({@link
   * Trace.Verdict.Delivered} here or {@link Trace.Verdict.Forwarded} elsewhere), and from which
   * address. One that was not asked is not listened to. Receivers outside are taken to answer by
   * way of this host.
   *
   * @return empty when nobody gets the packet
   * @throws IllegalArgumentException if it is of the other family
   */
  public Optional<Trace> traceAnswer(Packet packet) {
    return exchange(packet).back();
  }

  /**
   * Follows one packet, and what is answered to it.
   *
   * @throws IllegalArgumentException if it is of the other family
   */
  public Exchange exchange(Packet packet) {
    Walk walk = walk(packet);
    Trace there = walk.run();
    return new Exchange(there, answerer(packet, there).map(from -> walk.answered(from).run()));
  }

  private Walk walk(Packet packet) {
    if (packet.destination().family() != tables.family()) {
      throw new IllegalArgumentException(
          "a packet to " + packet.destination() + " does not meet rules of " + tables.family());
    }
    return Walk.of(tables, this::stages, host, packet);
  }

  private List<Hooks.Stage> stages(Hook hook) {
    return stages.computeIfAbsent(hook, asked -> Hooks.stages(tables, asked));
  }

  private Optional<Packet.Origin> answerer(Packet packet, Trace there) {
    return switch (there.verdict()) {
      case Verdict.Delivered delivered -> Optional.of(new Packet.Origin.ThisHost());
      // Over a wire nobody takes anything from a loopback address.
      case Verdict.Forwarded forwarded when there.source().isLoopback() -> Optional.empty();
      // Nor what seems to be from itself (fib_frontend.c, __fib_validate_source; accept_local is
      // 0).
      case Verdict.Forwarded(var address, int port, String by)
          when there.source().equals(address) ->
          Optional.empty();
      case Verdict.Forwarded(var address, int port, String by) ->
          Optional.of(
              isOnLinkOf(by, packet) && there.source().equals(packet.source())
                  ? new Packet.Origin.Bridged(by)
                  : new Packet.Origin.Arriving(by));
      case Verdict.Dropped dropped -> Optional.empty();
      case Verdict.Rejected rejected -> Optional.empty();
      case Verdict.Unroutable unroutable -> Optional.empty();
      case Verdict.Unknown unknown -> Optional.empty();
    };
  }

  /** Then a receiver there sees in the sender's address that it needs no router. */
  private static boolean isOnLinkOf(String link, Packet packet) {
    return switch (packet.origin()) {
      case Packet.Origin.ThisHost() -> false;
      case Packet.Origin.Arriving(String on) -> on.equals(link);
      case Packet.Origin.Bridged(String bridge) -> bridge.equals(link);
    };
  }
}
