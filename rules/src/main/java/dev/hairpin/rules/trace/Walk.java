package dev.hairpin.rules.trace;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.ChainWalk.Outcome;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** One packet's way from hook to hook. */
final class Walk {
  /** Where connections are told apart, at the hooks that packets come in by. */
  private static final int CONNTRACK = -200;

  private final Tables tables;
  private final Function<Hook, List<Hooks.Stage>> stages;
  private final Host host;
  private final Packet sent;
  private final Passage passage;
  private final Way way;
  private final Translation translation;

  private Walk(
      Tables tables,
      Function<Hook, List<Hooks.Stage>> stages,
      Host host,
      Passage passage,
      Function<Walk, Translation> translation) {
    this.tables = tables;
    this.stages = stages;
    this.host = host;
    this.sent = passage.packet();
    this.passage = passage;
    this.way = new Way(passage);
    this.translation = translation.apply(this);
  }

  /**
   * The way of a connection's first packet.
   *
   * @param stages what a hook of the tables calls, in order
   */
  static Walk of(
      Tables tables, Function<Hook, List<Hooks.Stage>> stages, Host host, Packet packet) {
    return new Walk(
        tables, stages, host, Passage.of(host, packet), walk -> new Nat(walk.passage, walk.way));
  }

  /** The way of what is answered to the packet that went this way. */
  Walk answered(Packet.Origin from) {
    return new Walk(
        tables,
        stages,
        host,
        passage.answeredBy(passage.packet().answered(from)),
        back -> new Translation.Reverse(back.passage, back.way, sent));
  }

  Trace run() {
    Verdict verdict =
        switch (sent.origin()) {
          case Packet.Origin.ThisHost() -> send();
          case Packet.Origin.Arriving(String on) -> arrive(on);
          case Packet.Origin.Bridged(String bridge) -> crossBridge(bridge);
        };
    return new Trace(way.hops(), verdict, passage.packet());
  }

  private IpAddress source() {
    return passage.packet().source();
  }

  private IpAddress destination() {
    return passage.packet().destination();
  }

  private Verdict arrive(String on) {
    passage.arriveOn(on);
    if (tables.family() == Family.IPV6 && hasLoopbackAddress() && !on.equals(Host.LOOPBACK)) {
      return unroutable(); // ip6_rcv_core, before any rule
    }
    return pass(Hook.PREROUTING).orElseGet(this::route);
  }

  private Verdict route() {
    if (isMartian()) {
      return unroutable();
    }
    return host.isLocal(destination()) && !isStrayLoopback() ? deliver() : forward();
  }

  /**
   * IPv6 looks for the way to ::1 on the interface that the packet came by, and nowhere else
   * (rt6_need_strict): such as a default route, by which DNAT then sends it back.
   */
  private boolean isStrayLoopback() {
    return tables.family() == Family.IPV6
        && destination().isLoopback()
        && !passage.input().equals(Host.LOOPBACK);
  }

  /**
   * In IPv4, loopback addresses don't arrive from outside, unless DNAT has replaced them by now,
   * and neither do packets from an address of this host.
   */
  private boolean isMartian() {
    return tables.family() == Family.IPV4
        && ((hasLoopbackAddress() && !host.letsLoopbackPass(passage.input(), tables.family()))
            || (!source().isLoopback() && host.isLocal(source())));
  }

  private boolean hasLoopbackAddress() {
    return source().isLoopback() || destination().isLoopback();
  }

  private Verdict deliver() {
    return pass(Hook.INPUT)
        .orElseGet(() -> new Verdict.Delivered(destination(), passage.packet().destinationPort()));
  }

  private Verdict forward() {
    Optional<String> route =
        isStrayLoopback()
            ? host.routeBy(passage.input(), destination())
            : host.route(destination());
    if (route.isEmpty() || !mayGoOn(route.get()) || isBoundToItsLink()) {
      return unroutable();
    }
    passage.leaveBy(route.get());
    return passThrough();
  }

  /**
   * What DNAT sends back over its bridge is no business of a router's to IPv6
   * (br_nf_pre_routing_finish_ipv6); IPv4 has no route for it where it doesn't forward.
   */
  private boolean mayGoOn(String by) {
    return host.forwards().contains(tables.family())
        || (tables.family() == Family.IPV6
            && host.bridges(passage.input(), by)
            && !destination().equals(sent.destination()));
  }

  /** A router may not pass on what comes from a link-local address (RFC 4291, 2.5.6). */
  private boolean isBoundToItsLink() {
    return tables.family() == Family.IPV6 && source().inet().isLinkLocalAddress();
  }

  private Verdict passThrough() {
    return pass(Hook.FORWARD)
        .or(() -> {
          if (host.bridges(passage.input(), passage.output())) {
            passage.leaveBridge();
          }
          return pass(Hook.POSTROUTING);
        })
        .orElseGet(this::leaving);
  }

  /** From one port of a bridge to another. DNAT makes it a packet for the host to route. */
  private Verdict crossBridge(String bridge) {
    passage.arriveOn(bridge);
    if (!host.bridgedMeetRules()) {
      passage.leaveBy(bridge);
      return leaving();
    }
    IpAddress meant = destination();
    Optional<Verdict> stopped = pass(Hook.PREROUTING);
    if (stopped.isPresent()) {
      return stopped.get();
    }
    if (!destination().equals(meant)) {
      return route();
    }
    passage.leaveBy(bridge);
    return passThrough();
  }

  private Verdict send() {
    Optional<String> route = routeFromHere();
    if (route.isEmpty()) {
      return unroutable();
    }
    // The whole hook sees the interface that was chosen before DNAT.
    passage.leaveBy(route.get());
    return pass(Hook.OUTPUT).orElseGet(this::routeAgain);
  }

  /** DNAT may have sent it another way. */
  private Verdict routeAgain() {
    Optional<String> route = routeFromHere();
    if (route.isEmpty()) {
      return unroutable();
    }
    passage.leaveBy(route.get());
    return pass(Hook.POSTROUTING)
        .orElseGet(() -> host.isLocal(destination()) ? loopBack() : leaving());
  }

  /**
   * From 127.0.0.1 there is no way to where that can't go (__mkroute_output). IPv6 leaves it to the
   * receiver to take nothing from ::1.
   */
  private Optional<String> routeFromHere() {
    return host.route(destination())
        .filter(by ->
            tables.family() == Family.IPV6
                || !source().isLoopback()
                || host.letsLoopbackPass(by, tables.family()));
  }

  /** It arrives again on the loopback interface; nat has decided already. */
  private Verdict loopBack() {
    passage.arriveOn(Host.LOOPBACK);
    return pass(Hook.PREROUTING).orElseGet(this::deliver);
  }

  private Verdict leaving() {
    return new Verdict.Forwarded(
        destination(), passage.packet().destinationPort(), passage.output());
  }

  private Verdict unroutable() {
    return new Verdict.Unroutable(destination());
  }

  /** Goes through a hook's base chains. A verdict is there only if the packet goes no further. */
  private Optional<Verdict> pass(Hook hook) {
    for (Hooks.Stage stage : stages.apply(hook)) {
      if (stage.priority() > CONNTRACK) {
        passage.track();
      }
      Optional<Verdict> verdict =
          switch (stage) {
            case Hooks.Stage.Filtering(BaseChain chain) -> filter(hook, chain);
            case Hooks.Stage.Translation(List<BaseChain> chains, int priority) ->
                translation.translate(hook, chains).or(() -> strandedAt(hook));
          };
      if (verdict.isPresent()) {
        return verdict;
      }
    }
    passage.track();
    return Optional.empty();
  }

  /**
   * What this host sends is routed anew on the spot; the chains behind don't see what has no way.
   */
  private Optional<Verdict> strandedAt(Hook hook) {
    return hook == Hook.OUTPUT && routeFromHere().isEmpty()
        ? Optional.of(unroutable())
        : Optional.empty();
  }

  private Optional<Verdict> filter(Hook hook, BaseChain chain) {
    return switch (way.through(hook, chain)) {
      case Outcome.Passed() -> Optional.empty();
      case Outcome.Bound(Place at, Rule rule, var translation) ->
          Optional.of(new Verdict.Unknown(at, rule));
      case Outcome.Stopped(Verdict verdict) -> Optional.of(verdict);
    };
  }
}
