package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.TraceEvent.Step;
import dev.hairpin.agent.tracing.TraceEvent.Tracked;
import dev.hairpin.agent.tracing.TraceEvent.Verdict;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Table;
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
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

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
  private final Map<Long, Growing> byNumber = new HashMap<>();
  private final List<Growing> packets = new ArrayList<>();
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

  /** A packet that is still on its way. */
  private static final class Growing {
    private final TraceEvent first;
    private final PacketHeader header;
    private final List<Hop> hops = new ArrayList<>();
    private final List<Trace.Step> steps = new ArrayList<>();
    private Optional<Hop> open = Optional.empty();
    private Optional<Trace.Verdict> end = Optional.empty();

    /** Where it was at last, behind everybody's chains. */
    private Optional<Trace.Verdict> reached = Optional.empty();

    private PacketHeader latest;
    private Optional<Tracked> tracked = Optional.empty();
    private long number;
    private long lastHeardNanos;

    /** Whether routers' tables have seen it, and not only a bridge's. */
    private boolean isRouted;

    Growing(TraceEvent first, PacketHeader header) {
      this.first = first;
      this.header = header;
      this.latest = header;
      this.number = first.packet();
      this.lastHeardNanos = first.heardNanos();
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

    /** Whether it is in that base chain, or one that it jumps to. */
    boolean isIn(Place chain) {
      return open.flatMap(Hop::chain).filter(chain::equals).isPresent();
    }

    private static Set<PacketHeader.TcpFlag> flags(PacketHeader header) {
      return header.content() instanceof Content.Segment segment ? segment.flags() : Set.of();
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
          packet.lastHeardNanos = step.heardNanos();
          Optional<Hook> hook = rules.legacy().hook(step);
          if (hook.isPresent() && !packet.isIn(place.get())) {
            openHop(packet, seen(step), place.get(), hook);
          }
          rules.legacy().rule(step).ifPresent(packet.steps::add);
          rules.legacy().end(step).ifPresent(end -> packet.end = Optional.of(end));
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

  /** How a packet looks as it comes to a base chain. */
  private record Seen(
      PacketHeader header, String input, String output, int mark, Optional<Tracked> tracked) {}

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
                    openHop(packet, seen(event, header), rules.place(event), rules.hook(event))));
    Growing packet = byNumber.get(event.packet());
    if (packet != null && packet.open.isPresent()) {
      packet.lastHeardNanos = event.heardNanos();
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
    Growing known = byNumber.get(event.packet());
    if (known != null) {
      known.lastHeardNanos = event.heardNanos();
      known.tracked = event.tracked().or(() -> known.tracked);
    }
  }

  /** Everybody's chains are behind it, and it is as its receiver gets it. */
  private void seeLast(TraceEvent event, Hook hook) {
    event
        .header()
        .ifPresent(header ->
            find(event, header).ifPresent(packet -> seeLast(packet, seen(event, header), hook)));
  }

  private void seeLast(Growing packet, Seen seen, Hook hook) {
    close(packet);
    packet.latest = seen.header();
    Packet now = packet(seen.header(), seen.input(), seen.mark());
    changedAtLast(packet, seen, hook, now);
    packet.reached =
        Optional.of(
            hook == Hook.INPUT || seen.output().equals(LOOPBACK)
                ? new Trace.Verdict.Delivered(now.destination(), now.destinationPort())
                : new Trace.Verdict.Forwarded(
                    now.destination(),
                    now.destinationPort(),
                    interfaces.bridgeOf(seen.output()).orElse(seen.output())));
  }

  /** By its last rule, or by conntrack alone: the receiver on the way in, the sender at the end. */
  private void changedAtLast(Growing packet, Seen seen, Hook hook, Packet now) {
    Packet before = packet.hops.isEmpty() ? asItBegan(packet) : packet.hops.getLast().after();
    boolean isDecided =
        !packet.hops.isEmpty()
            && packet.hops.getLast().steps().stream().anyMatch(TracedPackets::translates);
    if (isDecided) {
      packet.hops.set(packet.hops.size() - 1, packet.hops.getLast().into(now));
      return;
    }
    Packet sentOn = before.to(now.destination(), OptionalInt.of(now.destinationPort()));
    Hook first = seen.input().isEmpty() ? Hook.OUTPUT : Hook.PREROUTING;
    Stream.of(
            new Hop(first, Optional.empty(), seen.input(), "", before, sentOn, List.of()),
            new Hop(hook, Optional.empty(), seen.input(), seen.output(), sentOn, now, List.of()))
        .filter(Hop::isTranslated)
        .forEach(packet.hops::add);
  }

  private void begin(TraceEvent event, PacketHeader header) {
    boolean isBridged = event.family() == AddressFamily.BRIDGE;
    Optional<Growing> fromBridge = isBridged ? Optional.empty() : fromBridge(event, header);
    if (fromBridge.isPresent()) {
      fromBridge.get().isRouted = true;
      renumber(fromBridge.get(), event.packet());
      return;
    }
    Growing packet = new Growing(event, header);
    packet.isRouted = !isBridged;
    byNumber.put(event.packet(), packet);
    packets.add(packet);
    begun++;
    if (isBridged) {
      seeAt(BridgePlace.BROUTE_BROUTING, event);
    }
  }

  /** What routers' tables get to see is known already when it comes by a port of a bridge. */
  private Optional<Growing> fromBridge(TraceEvent event, PacketHeader header) {
    Growing known = byNumber.get(event.packet());
    return known != null && !known.isRouted && known.mayBe(header, event.tracked())
        ? Optional.of(known)
        : packets.reversed().stream()
            .filter(packet -> !packet.isRouted && packet.mayBe(header, event.tracked()))
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
                      openHop(
                          packet,
                          seen(event, header),
                          place.ofEbtables(),
                          Optional.of(place.hook()))));
    }
  }

  /**
   * The packet that has come to a base chain. Behind a bridge, and on loopback, it is received
   * again under another number, which another packet may have had before.
   */
  private Optional<Growing> find(TraceEvent event, PacketHeader header) {
    Growing known = byNumber.get(event.packet());
    if (known != null && known.mayBe(header, event.tracked())) {
      return Optional.of(known);
    }
    Optional<Growing> renumbered =
        packets.reversed().stream()
            .filter(packet -> packet.mayBe(header, event.tracked()))
            .findFirst();
    byNumber.remove(event.packet());
    renumbered.ifPresent(packet -> renumber(packet, event.packet()));
    return renumbered;
  }

  private void renumber(Growing packet, long number) {
    byNumber.remove(packet.number, packet);
    packet.number = number;
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

  /** The header is told with the first event of each base chain. */
  private void openHop(Growing packet, Seen seen, Place place, Optional<Hook> hook) {
    close(packet);
    packet.latest = seen.header();
    if (seen.tracked().isPresent()) {
      packet.tracked = seen.tracked();
    }
    Packet now = packet(seen.header(), seen.input(), seen.mark());
    translated(packet, now);
    packet.open =
        hook.map(at ->
            new Hop(at, Optional.of(place), seen.input(), seen.output(), now, now, List.of()));
  }

  /** What changed since the last chain: nat decided there, or conntrack did as it had before. */
  private void translated(Growing packet, Packet now) {
    Optional<Hop> last =
        packet.hops.isEmpty() ? Optional.empty() : Optional.of(packet.hops.getLast());
    Hop changed = last.map(hop -> hop.into(now)).orElseGet(() -> atFirst(packet, now));
    if (!changed.isTranslated()) {
      return;
    }
    if (changed.steps().stream().anyMatch(TracedPackets::translates)) {
      packet.hops.set(packet.hops.size() - 1, changed);
    } else {
      packet.hops.add(
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

  /** Where the packet began to be traced, which no other table heard of. */
  private Hop atFirst(Growing packet, Packet now) {
    String input = name(packet.first.input().orElse(0));
    return new Hop(
        input.isEmpty() ? Hook.OUTPUT : Hook.PREROUTING,
        Optional.empty(),
        input,
        name(packet.first.output().orElse(0)),
        asItBegan(packet),
        now,
        List.of());
  }

  private Packet asItBegan(Growing packet) {
    return packet(packet.header, name(packet.first.input().orElse(0)), packet.first.mark());
  }

  private static boolean translates(Trace.Step step) {
    return step.rule().action() instanceof Action.Translation
        || step.rule().action() instanceof Action.DnatByPort;
  }

  private void close(Growing packet) {
    packet.open.ifPresent(hop ->
        packet.hops.add(
            new Hop(
                hop.hook(),
                hop.chain(),
                hop.input(),
                hop.output(),
                hop.before(),
                hop.after(),
                packet.steps)));
    packet.open = Optional.empty();
    packet.steps.clear();
  }

  private void note(Growing packet, TraceEvent event) {
    switch (event.step()) {
      case Step.Rule(long handle, Verdict verdict) -> {
        Optional<Trace.Step> step = rules.step(event, packet.open.orElseThrow().before());
        step.ifPresent(packet.steps::add);
        if (verdict instanceof Verdict.Drop) {
          packet.end = Optional.of(TracedRules.end(rules.place(event), step.map(Trace.Step::rule)));
        }
      }
      case Step.EndOfChain() -> {}
      case Step.AsPolicy(Policy policy) -> {
        if (policy == Policy.DROP) {
          packet.end = Optional.of(new Trace.Verdict.Dropped(rules.place(event), Optional.empty()));
        }
      }
    }
  }

  private String name(int index) {
    return index == 0 ? "" : interfaces.name(index);
  }

  private static Packet packet(PacketHeader header, String input, int mark) {
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
    while (through < packets.size() && packets.get(through).lastHeardNanos - since < 0) {
      through++;
    }
    List<Growing> some = packets.subList(0, through);
    List<TracedPacket> taken = traced(some);
    some.forEach(packet -> byNumber.remove(packet.number, packet));
    some.clear();
    return taken;
  }

  /** How many there were so far. One that comes in again by loopback counts twice. */
  public int begun() {
    return begun;
  }

  private List<TracedPacket> traced(List<Growing> some) {
    List<TracedPacket> traced = new ArrayList<>();
    for (Growing packet : some) {
      close(packet);
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

  private TracedPacket traced(Growing growing) {
    Packet packet = asItCame(growing);
    Optional<Hop> last =
        growing.hops.isEmpty() ? Optional.empty() : Optional.of(growing.hops.getLast());
    Packet after = last.map(Hop::after).orElse(packet);
    return new TracedPacket(
        growing.header,
        packet,
        growing.first.heardNanos(),
        new Trace(
            growing.hops,
            growing.end.or(() -> growing.reached).orElseGet(() -> verdict(growing, last, after)),
            after));
  }

  /** A router knows the bridge that it came by, and not which port of it. */
  private Packet asItCame(Growing growing) {
    String input = name(growing.first.input().orElse(0));
    Packet packet = packet(growing.header, input, growing.first.mark());
    return interfaces
        .bridgeOf(input)
        .map(bridge ->
            new Packet(
                packet.payload(),
                packet.source(),
                packet.destination(),
                isPassedOn(growing, packet)
                    ? new Packet.Origin.Bridged(bridge)
                    : new Packet.Origin.Arriving(bridge),
                packet.mark()))
        .orElse(packet);
  }

  /** Whether it was a neighbour of the sender's that the frame was for, and not this host. */
  private static boolean isPassedOn(Growing growing, Packet packet) {
    return growing.hops.stream()
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
  private Trace.Verdict verdict(Growing growing, Optional<Hop> last, Packet packet) {
    return growing.isRouted
        ? new Trace.Verdict.Unroutable(
            last.flatMap(TracedPackets::sentTo).orElse(packet.destination()))
        : handedOn(growing, last, packet);
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

  /** From port to port of a bridge, or to this host by it, which does not ask iptables. */
  private Trace.Verdict handedOn(Growing growing, Optional<Hop> last, Packet packet) {
    Hook hook =
        last.map(Hop::hook).orElse(growing.first.input().isEmpty() ? Hook.OUTPUT : Hook.PREROUTING);
    String output =
        last.map(Hop::output)
            .filter(name -> !name.isEmpty())
            .orElseGet(() -> name(growing.first.output().orElse(0)));
    boolean comesIn = hook == Hook.PREROUTING || hook == Hook.INPUT;
    if (host.isLocal(packet.destination()) && (comesIn || output.equals(LOOPBACK))) {
      return new Trace.Verdict.Delivered(packet.destination(), packet.destinationPort());
    }
    boolean wasToBeAskedFurther =
        hook == Hook.PREROUTING
            && !rules.tables().rules(Table.FILTER, Hook.FORWARD.name()).isEmpty();
    Optional<String> by = output.isEmpty() ? host.route(packet.destination()) : Optional.of(output);
    return wasToBeAskedFurther || by.isEmpty()
        ? new Trace.Verdict.Unroutable(packet.destination())
        : new Trace.Verdict.Forwarded(
            packet.destination(),
            packet.destinationPort(),
            interfaces.bridgeOf(by.get()).orElse(by.get()));
  }
}
