package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.tracing.TraceEvent.Step;
import dev.hairpin.agent.tracing.TraceEvent.Verdict;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Puts together, from what the kernel tells of each step, the packets and their ways, in the words
 * of the prediction. Pure, but for the names of interfaces.
 */
public final class TracedPackets {
  private static final String LOOPBACK = "lo";

  private final TracedRules rules;
  private final Host host;
  private final Interfaces interfaces;
  private final Predicate<TraceEvent> isOfTracing;
  private final Map<Long, GrowingPacket> byNumber = new HashMap<>();
  private final List<GrowingPacket> packets = new ArrayList<>();
  private int begun;

  /**
   * @param rules that the packets meet
   * @param isOfTracing whether an event is about the table that has packets traced, where the trace
   *     of each begins
   */
  public TracedPackets(
      TracedRules rules, Host host, Interfaces interfaces, Predicate<TraceEvent> isOfTracing) {
    this.rules = requireNonNull(rules, "rules");
    this.host = requireNonNull(host, "host");
    this.interfaces = requireNonNull(interfaces, "interfaces");
    this.isOfTracing = requireNonNull(isOfTracing, "isOfTracing");
  }

  /** The host's interfaces. */
  public interface Interfaces {
    /** By the kernel's index. */
    String name(int index);

    /** The bridge that it is a port of. */
    default Optional<String> bridgeOf(String port) {
      return Optional.empty();
    }
  }

  /** Takes what was heard, in its order. */
  public void add(Told told) {
    switch (told) {
      case TraceEvent event -> add(event);
      case LoggedStep step -> add(step);
    }
  }

  /** The header is all that says which packet it is. */
  private void add(LoggedStep step) {
    Optional<Place> place = rules.legacy().place(step);
    if (place.isEmpty() || !isOfFamily(step.family())) {
      return;
    }
    packets.reversed().stream()
        .filter(packet -> packet.mayBe(step.header(), Optional.empty()))
        .findFirst()
        .ifPresent(packet -> {
          packet.hear(step.heardNanos());
          Optional<Hook> hook = rules.legacy().hook(step);
          if (hook.isPresent() && !packet.isIn(place.get())) {
            packet.enter(place.get(), hook, seen(step));
          }
          rules.legacy().rule(step).ifPresent(packet::meet);
          rules.legacy().end(step).ifPresent(packet::stop);
        });
  }

  private Seen seen(LoggedStep step) {
    return new Seen(
        step.header(),
        name(step.input().orElse(0)),
        name(step.output().orElse(0)),
        step.mark(),
        Optional.empty());
  }

  private Seen seen(TraceEvent event, PacketHeader header) {
    return new Seen(
        header,
        name(event.input().orElse(0)),
        name(event.output().orElse(0)),
        event.mark(),
        event.tracked());
  }

  private void add(TraceEvent event) {
    if (!isOfFamily(event)) {
      return;
    }
    if (isOfTracing.test(event)) {
      addOfTracing(event);
      return;
    }
    event
        .header()
        .ifPresent(header ->
            find(event, header)
                .ifPresent(packet ->
                    packet.enter(rules.place(event), rules.hook(event), seen(event, header))));
    GrowingPacket packet = byNumber.get(event.packet());
    if (packet != null && packet.isInChain()) {
      packet.hear(event.heardNanos());
      note(packet, event);
    }
  }

  /** The rule that has a packet traced is met once, and the table's other chains by each. */
  private void addOfTracing(TraceEvent event) {
    if (event.chain().equals(TraceScript.TRACING)) {
      event.header().ifPresent(header -> begin(event, header));
    } else if (event.chain().equals(TraceScript.DELIVERED)) {
      seeLast(event, Hook.INPUT);
    } else if (event.chain().equals(TraceScript.LEFT)) {
      seeLast(event, Hook.POSTROUTING);
    } else if (event.family() == AddressFamily.BRIDGE) {
      BridgePlace.of(event.chain())
          .filter(place -> place != BridgePlace.BROUTE_BROUTING)
          .ifPresent(place -> seeAt(place, event));
    }
    GrowingPacket known = byNumber.get(event.packet());
    if (known != null) {
      known.hear(event.heardNanos());
      known.track(event.tracked());
    }
  }

  /** Everybody's chains are behind it, and it is as its receiver gets it. */
  private void seeLast(TraceEvent event, Hook hook) {
    event
        .header()
        .ifPresent(header ->
            find(event, header).ifPresent(packet -> seeLast(packet, seen(event, header), hook)));
  }

  private void seeLast(GrowingPacket packet, Seen seen, Hook hook) {
    Packet now = seen.packet();
    packet.reach(
        hook,
        seen,
        hook == Hook.INPUT || seen.output().equals(LOOPBACK)
            ? new Trace.Verdict.Delivered(now.destination(), now.destinationPort())
            : new Trace.Verdict.Forwarded(
                now.destination(),
                now.destinationPort(),
                interfaces.bridgeOf(seen.output()).orElse(seen.output())));
  }

  private void begin(TraceEvent event, PacketHeader header) {
    boolean isBridged = event.family() == AddressFamily.BRIDGE;
    Optional<GrowingPacket> fromBridge = isBridged ? Optional.empty() : fromBridge(event, header);
    if (fromBridge.isPresent()) {
      fromBridge.get().route();
      renumber(fromBridge.get(), event.packet());
      return;
    }
    GrowingPacket packet =
        new GrowingPacket(event.packet(), seen(event, header), event.heardNanos());
    byNumber.put(event.packet(), packet);
    packets.add(packet);
    begun++;
    if (isBridged) {
      seeAt(BridgePlace.BROUTE_BROUTING, event);
    } else {
      packet.route();
    }
  }

  /** What routers' tables get to see is known already when it comes by a port of a bridge. */
  private Optional<GrowingPacket> fromBridge(TraceEvent event, PacketHeader header) {
    GrowingPacket known = byNumber.get(event.packet());
    return known != null && !known.isRouted() && known.mayBe(header, event.tracked())
        ? Optional.of(known)
        : packets.reversed().stream()
            .filter(packet -> !packet.isRouted() && packet.mayBe(header, event.tracked()))
            .findFirst();
  }

  /** Where ebtables has a chain of its own, that one tells. */
  private void seeAt(BridgePlace place, TraceEvent event) {
    if (!rules.bridge().has(place.ofEbtables())) {
      event
          .header()
          .ifPresent(header ->
              find(event, header)
                  .ifPresent(packet ->
                      packet.enter(
                          place.ofEbtables(), Optional.of(place.hook()), seen(event, header))));
    }
  }

  /**
   * The packet that has come to a base chain. Behind a bridge, and on loopback, it is received
   * again under another number, which another packet may have had before.
   */
  private Optional<GrowingPacket> find(TraceEvent event, PacketHeader header) {
    GrowingPacket known = byNumber.get(event.packet());
    if (known != null && known.mayBe(header, event.tracked())) {
      return Optional.of(known);
    }
    Optional<GrowingPacket> renumbered =
        packets.reversed().stream()
            .filter(packet -> packet.mayBe(header, event.tracked()))
            .findFirst();
    byNumber.remove(event.packet());
    renumbered.ifPresent(packet -> renumber(packet, event.packet()));
    return renumbered;
  }

  private void renumber(GrowingPacket packet, long number) {
    byNumber.remove(packet.number(), packet);
    packet.renumber(number);
    byNumber.put(number, packet);
  }

  private boolean isOfFamily(TraceEvent event) {
    Family family = rules.tables().family();
    return event.hook() == AddressFamily.BRIDGE
        ? event.header().map(PacketHeader::source).map(IpAddress::family).orElse(family) == family
        : isOfFamily(event.hook());
  }

  private boolean isOfFamily(AddressFamily hook) {
    return switch (rules.tables().family()) {
      case IPV4 -> hook == AddressFamily.IP;
      case IPV6 -> hook == AddressFamily.IP6;
    };
  }

  private void note(GrowingPacket packet, TraceEvent event) {
    switch (event.step()) {
      case Step.Rule(long handle, Verdict verdict) -> {
        Optional<Trace.Step> step = rules.step(event, packet.inChain());
        step.ifPresent(packet::meet);
        if (verdict instanceof Verdict.Drop) {
          packet.stop(TracedRules.end(rules.place(event), step.map(Trace.Step::rule)));
        }
      }
      case Step.EndOfChain() -> {}
      case Step.AsPolicy(Policy policy) -> {
        if (policy == Policy.DROP) {
          packet.stop(new Trace.Verdict.Dropped(rules.place(event), Optional.empty()));
        }
      }
    }
  }

  private String name(int index) {
    return index == 0 ? "" : interfaces.name(index);
  }

  /** Those that were heard of so far and not taken, in the order in which they came. */
  public List<TracedPacket> all() {
    return traced(packets);
  }

  /**
   * Those that are through, each once, in the order in which they came: none is taken before one
   * that came earlier.
   *
   * @param since nothing more was heard of them from then on, on the clock of {@link
   *     System#nanoTime}
   */
  public List<TracedPacket> take(long since) {
    int through = 0;
    while (through < packets.size() && packets.get(through).lastHeardNanos() - since < 0) {
      through++;
    }
    List<GrowingPacket> some = packets.subList(0, through);
    List<TracedPacket> taken = traced(some);
    some.forEach(packet -> byNumber.remove(packet.number(), packet));
    some.clear();
    return taken;
  }

  /** How many there were so far. One that comes in again by loopback counts twice. */
  public int begun() {
    return begun;
  }

  private List<TracedPacket> traced(List<GrowingPacket> some) {
    List<TracedPacket> traced = new ArrayList<>();
    for (GrowingPacket packet : some) {
      TracedPacket next = traced(packet);
      Optional<TracedPacket> left =
          traced.reversed().stream().filter(next::comesAroundFrom).findFirst();
      if (left.isPresent()) {
        traced.set(traced.indexOf(left.get()), joined(left.get(), next));
      } else {
        traced.add(next);
      }
    }
    return traced;
  }

  private TracedPacket traced(GrowingPacket growing) {
    List<Hop> hops = growing.hops();
    Packet packet = asItCame(growing.first(), hops);
    Packet after = hops.isEmpty() ? packet : hops.getLast().after();
    Trace.Verdict verdict =
        growing
            .end()
            .orElseGet(() -> growing.isRouted() ? lost(hops, after) : handedOn(hops, after));
    return new TracedPacket(
        growing.first().header(), packet, growing.heardNanos(), new Trace(hops, verdict, after));
  }

  /** A router knows the bridge that it came by, and not which port of it. */
  private Packet asItCame(Seen first, List<Hop> hops) {
    Packet packet = first.packet();
    return interfaces
        .bridgeOf(first.input())
        .map(bridge ->
            new Packet(
                packet.payload(),
                packet.source(),
                packet.destination(),
                isPassedOn(hops, packet)
                    ? new Packet.Origin.Bridged(bridge)
                    : new Packet.Origin.Arriving(bridge),
                packet.mark()))
        .orElse(packet);
  }

  /** Whether it was a neighbour of the sender's that the frame was for, and not this host. */
  private static boolean isPassedOn(List<Hop> hops, Packet packet) {
    return hops.stream()
        .filter(hop -> hop.hook() == Hook.FORWARD)
        .filter(hop -> hop.chain().filter(Place.Bridge.class::isInstance).isPresent())
        .anyMatch(hop -> hop.before().destination().equals(packet.destination()));
  }

  private static TracedPacket joined(TracedPacket left, TracedPacket came) {
    List<Hop> hops = new ArrayList<>(left.trace().hops());
    hops.addAll(came.trace().hops());
    return new TracedPacket(
        left.header(),
        left.packet(),
        left.heardNanos(),
        new Trace(hops, came.trace().verdict(), came.trace().last()));
  }

  /** Nobody stopped it, and it has not come to its end: the kernel itself had no way for it. */
  private static Trace.Verdict lost(List<Hop> hops, Packet packet) {
    return new Trace.Verdict.Unroutable(
        Optional.of(hops)
            .filter(passed -> !passed.isEmpty())
            .flatMap(passed -> sentTo(passed.getLast()))
            .orElse(packet.destination()));
  }

  /** Where its last rule has sent it, which no chain has seen. */
  private static Optional<IpAddress> sentTo(Hop hop) {
    return hop.isTranslated()
        ? Optional.empty()
        : hop.steps().stream()
            .map(step -> step.rule().action())
            .filter(Action.Dnat.class::isInstance)
            .map(dnat -> ((Action.Dnat) dnat).address())
            .findFirst();
  }

  /** Only a bridge has seen it: it went out by another port, or to this host. */
  private Trace.Verdict handedOn(List<Hop> hops, Packet packet) {
    String output = hops.isEmpty() ? "" : hops.getLast().output();
    if (!output.isEmpty()) {
      return new Trace.Verdict.Forwarded(
          packet.destination(),
          packet.destinationPort(),
          interfaces.bridgeOf(output).orElse(output));
    }
    return host.isLocal(packet.destination())
        ? new Trace.Verdict.Delivered(packet.destination(), packet.destinationPort())
        : new Trace.Verdict.Unroutable(packet.destination());
  }
}
