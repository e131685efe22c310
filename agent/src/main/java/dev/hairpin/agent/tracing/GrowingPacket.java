package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.TraceEvent.Tracked;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/** A packet that is still on its way, and its way so far. Not safe for several threads. */
final class GrowingPacket {
  private final Seen first;
  private final long heardNanos;
  private final List<Hop> hops = new ArrayList<>();
  private final List<Trace.Step> steps = new ArrayList<>();
  private Optional<Hop> open = Optional.empty();
  private Optional<Trace.Verdict> stopped = Optional.empty();
  private Optional<Trace.Verdict> reached = Optional.empty();
  private PacketHeader latest;
  private Optional<Tracked> tracked = Optional.empty();
  private long number;
  private long lastHeardNanos;
  private boolean isRouted;

  /**
   * @param number the kernel's, for now
   * @param first as it came
   */
  GrowingPacket(long number, Seen first, long heardNanos) {
    this.number = number;
    this.first = requireNonNull(first, "first");
    this.latest = first.header();
    this.heardNanos = heardNanos;
    this.lastHeardNanos = heardNanos;
  }

  /** As it came. */
  Seen first() {
    return first;
  }

  long heardNanos() {
    return heardNanos;
  }

  long number() {
    return number;
  }

  /** Behind a bridge, and on loopback, it is received again under another. */
  void renumber(long next) {
    number = next;
  }

  long lastHeardNanos() {
    return lastHeardNanos;
  }

  void hear(long nanos) {
    lastHeardNanos = nanos;
  }

  /** The connection that it belongs to, once that is known. */
  void track(Optional<Tracked> as) {
    tracked = as.or(() -> tracked);
  }

  /** Whether routers' tables have seen it, and not only a bridge's. */
  boolean isRouted() {
    return isRouted;
  }

  void route() {
    isRouted = true;
  }

  /** Whether it may look like that by now: translated, but no longer and of no other flags. */
  boolean mayBe(PacketHeader now, Optional<Tracked> as) {
    if (latest.length() != now.length()
        || latest.protocol() != now.protocol()
        || !flags(latest).equals(flags(now))) {
      return false;
    }
    if (tracked.isPresent() && as.isPresent()) {
      return tracked.get().connection().equals(as.get().connection())
          && tracked.get().isReply() == as.get().isReply();
    }
    return latest.source().equals(now.source()) || latest.destination().equals(now.destination());
  }

  private static Set<PacketHeader.TcpFlag> flags(PacketHeader header) {
    return header.content() instanceof Content.Segment segment ? segment.flags() : Set.of();
  }

  /** Whether it is in a base chain, or one that that jumps to. */
  boolean isInChain() {
    return open.isPresent();
  }

  /** Whether it is in that one. */
  boolean isIn(Place chain) {
    return open.flatMap(Hop::chain).filter(chain::equals).isPresent();
  }

  /**
   * Comes to a base chain.
   *
   * @param hook where that is called; empty if it isn't known to be
   */
  void enter(Place chain, Optional<Hook> hook, Seen seen) {
    close();
    latest = seen.header();
    track(seen.tracked());
    Packet now = seen.packet();
    translated(now);
    open =
        hook.map(at ->
            new Hop(at, Optional.of(chain), seen.input(), seen.output(), now, now, List.of()));
  }

  /** As it came to the chain that it is in. */
  Packet inChain() {
    return open.orElseThrow().before();
  }

  /** Meets a rule of the chain that it is in. */
  void meet(Trace.Step step) {
    steps.add(step);
  }

  /** Goes no further. */
  void stop(Trace.Verdict verdict) {
    stopped = Optional.of(verdict);
  }

  /**
   * Comes to where everybody's chains are behind it.
   *
   * @param hook of these chains
   * @param verdict what that means
   */
  void reach(Hook hook, Seen seen, Trace.Verdict verdict) {
    close();
    latest = seen.header();
    changedAtLast(hook, seen);
    reached = Optional.of(verdict);
  }

  /** What changed since the last chain: nat decided there, or conntrack did as it had before. */
  private void translated(Packet now) {
    Hop changed = hops.isEmpty() ? atFirst(now) : hops.getLast().into(now);
    if (!changed.isTranslated()) {
      return;
    }
    if (isDecidedByLastHop()) {
      hops.set(hops.size() - 1, changed);
    } else {
      hops.add(
          new Hop(
              changed.hook(),
              Optional.empty(),
              changed.input(),
              changed.output(),
              changed.before(),
              now,
              List.of()));
    }
  }

  /** Where it began to be traced, which no other table heard of. */
  private Hop atFirst(Packet now) {
    return new Hop(
        first.input().isEmpty() ? Hook.OUTPUT : Hook.PREROUTING,
        Optional.empty(),
        first.input(),
        first.output(),
        first.packet(),
        now,
        List.of());
  }

  /** By its last rule, or by conntrack alone: the receiver on the way in, the sender at the end. */
  private void changedAtLast(Hook hook, Seen seen) {
    Packet now = seen.packet();
    if (isDecidedByLastHop()) {
      hops.set(hops.size() - 1, hops.getLast().into(now));
      return;
    }
    Packet before = hops.isEmpty() ? first.packet() : hops.getLast().after();
    Packet sentOn = before.to(now.destination(), OptionalInt.of(now.destinationPort()));
    Hook routing = seen.input().isEmpty() ? Hook.OUTPUT : Hook.PREROUTING;
    Stream.of(
            new Hop(routing, Optional.empty(), seen.input(), "", before, sentOn, List.of()),
            new Hop(hook, Optional.empty(), seen.input(), seen.output(), sentOn, now, List.of()))
        .filter(Hop::isTranslated)
        .forEach(hops::add);
  }

  private boolean isDecidedByLastHop() {
    return !hops.isEmpty()
        && hops.getLast().steps().stream()
            .map(step -> step.rule().action())
            .anyMatch(action ->
                action instanceof Action.Translation || action instanceof Action.DnatByPort);
  }

  private void close() {
    open.ifPresent(hop ->
        hops.add(
            new Hop(
                hop.hook(),
                hop.chain(),
                hop.input(),
                hop.output(),
                hop.before(),
                hop.after(),
                steps)));
    open = Optional.empty();
    steps.clear();
  }

  /** Its way so far. It may go on. */
  List<Hop> hops() {
    close();
    return List.copyOf(hops);
  }

  /** Who stopped it, or where it came out; empty as long as that is not known. */
  Optional<Trace.Verdict> end() {
    return stopped.or(() -> reached);
  }
}
