package dev.hairpin.rules.promises;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.PacketTracer;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What the model says of the packets of one layout, in one situation and family. */
final class Foretold {
  private final Situation situation;
  private final Family family;
  private final DesiredState state;
  private final PacketTracer tracer;

  Foretold(LayoutName layout, Situation situation, Family family) {
    this(situation, family, WantedState.in(situation), List.of(layout.layout()));
  }

  /** As beside a dockerd whose rules are those of a layout, and which publishes nothing. */
  static Foretold beside(LayoutName dockerds, Layout ours, Situation situation, Family family) {
    return new Foretold(
        situation,
        family,
        WantedState.besideDockerd(situation),
        List.of(
            (any, of) -> dockerds.layout().rulesFor(WantedState.ofDockerd(situation), of), ours));
  }

  /**
   * @param layouts whose rules are written, one after the other
   */
  private Foretold(Situation situation, Family family, DesiredState state, List<Layout> layouts) {
    this.situation = situation;
    this.family = family;
    this.state = state;
    Tables tables = situation.before(family).appliedTo(Tables.empty(family));
    for (Layout layout : layouts) {
      Ruleset rules = layout.rulesFor(state, family);
      tables = Plan.between(tables, Ruleset.empty(family), rules).appliedTo(tables);
    }
    this.tracer = new PacketTracer(situation.afterwards(family).appliedTo(tables), host());
  }

  /** What whoever asks gets, in the words of the recordings. */
  String answer(Question question) {
    Packet packet = packet(question);
    Trace trace = tracer.trace(packet);
    return switch (trace.verdict()) {
      case Verdict.Forwarded forwarded ->
          isAnswered(packet) ? answer(packet, forwarded, trace) : "timeout";
      case Verdict.Delivered delivered ->
          isAnswered(packet) ? onThisHost(packet, delivered) : "timeout";
      case Verdict.Dropped dropped -> "timeout";
      case Verdict.Rejected rejected -> "refused";
      case Verdict.Unroutable unroutable -> "timeout";
      case Verdict.Unknown(var at, var rule) -> "unknown, because of " + rule + " in " + at;
    };
  }

  /** Whether something comes back, from where it was asked. */
  private boolean isAnswered(Packet packet) {
    return tracer
        .traceAnswer(packet)
        .filter(answer -> answer.source().equals(packet.destination()))
        .map(answer ->
            switch (answer.verdict()) {
              case Verdict.Delivered delivered -> true;
              case Verdict.Forwarded forwarded -> true;
              case Verdict.Dropped dropped -> false;
              case Verdict.Rejected rejected -> false;
              case Verdict.Unroutable unroutable -> false;
              case Verdict.Unknown unknown -> throw new AssertionError(unknown);
            })
        .orElse(false);
  }

  private static String answer(Packet packet, Verdict.Forwarded forwarded, Trace trace) {
    return packet.protocol().isEmpty()
        ? "open"
        : "open " + forwarded.address().withPort(forwarded.port()) + " sees " + trace.source();
  }

  private String onThisHost(Packet packet, Verdict.Delivered delivered) {
    return packet
        .protocol()
        .map(protocol -> onThisHost(new HostPort(protocol, delivered.address(), delivered.port())))
        .orElse("open");
  }

  /** The proxy answers, if it is there, under the bridge's address. */
  private String onThisHost(HostPort asked) {
    Optional<PortBinding> held =
        state.bindings().stream()
            .filter(binding -> situation.proxyMode() == ProxyMode.USERLAND)
            .filter(binding -> holds(binding.hostPort(), asked))
            .findFirst();
    return held.map(binding ->
            "open "
                + binding.containerAddress().withPort(binding.containerPort())
                + " sees "
                + Network.of(binding.containerAddress())
                    .orElseThrow()
                    .gateway()
                    .address(binding.containerAddress().family()))
        .orElse("refused");
  }

  private static boolean holds(HostPort held, HostPort asked) {
    return held.protocol() == asked.protocol()
        && held.port() == asked.port()
        && (held.address().equals(asked.address())
            || held.address().equals(IpAddress.any(asked.address().family())));
  }

  private Packet packet(Question question) {
    IpAddress to = question.to().address(family);
    Packet.Origin origin = origin(question.from(), to);
    return new Packet(payload(question), source(question.from(), to), to, origin, /* mark= */ 0);
  }

  private static Packet.Payload payload(Question question) {
    return switch (question.kind()) {
      case TCP -> new Packet.Payload.Segment(Protocol.TCP, 40000, question.port());
      case UDP -> new Packet.Payload.Segment(Protocol.UDP, 40000, question.port());
      case PING -> new Packet.Payload.Ping();
    };
  }

  /** The host's own packets have the address of the interface that they leave by. */
  private IpAddress source(Station from, IpAddress to) {
    if (from != Station.HOST) {
      return from.spot().address(family);
    }
    boolean own = to.isLoopback() || from.spot().addresses().contains(to);
    return own
        ? to
        : Network.of(to)
            .map(network -> network.gateway().address(family))
            .orElseGet(() -> from.spot().address(family));
  }

  private static Packet.Origin origin(Station from, IpAddress to) {
    return switch (from) {
      case HOST -> new Packet.Origin.ThisHost();
      case OUTSIDE, LINK_LOCAL -> new Packet.Origin.Arriving("eth0");
      case BEYOND -> new Packet.Origin.Arriving("eth1");
      default -> fromContainer(from.network().orElseThrow(), to);
    };
  }

  private static Packet.Origin fromContainer(Network network, IpAddress to) {
    return network.contains(to) && !network.gateway().addresses().contains(to)
        ? new Packet.Origin.Bridged(network.bridge())
        : new Packet.Origin.Arriving(network.bridge());
  }

  private Host host() {
    List<Host.Interface> interfaces = new ArrayList<>();
    List<Host.Route> routes = new ArrayList<>();
    interfaces.add(
        new Host.Interface(
            "eth0",
            Stream.of(Station.HOST.spot(), Network.ALIAS_ADDRESS, Station.HOST_LINK_LOCAL)
                .flatMap(spot -> spot.addresses().stream())
                .toList()));
    interfaces.add(new Host.Interface("eth1", Station.HOST_BEYOND.addresses()));
    for (String everywhere : List.of("0.0.0.0/0", "::/0")) {
      routes.add(new Host.Route(IpPrefix.parse(everywhere), "eth0"));
    }
    for (String beyond : List.of("198.51.100.0/24", "2001:db8:2::/64")) {
      routes.add(new Host.Route(IpPrefix.parse(beyond), "eth1"));
    }
    for (Network network : Network.values()) {
      if (network.hasGateway()) {
        interfaces.add(new Host.Interface(network.bridge(), network.gateway().addresses()));
        network.subnets().forEach(subnet -> routes.add(new Host.Route(subnet, network.bridge())));
      }
    }
    return new Host(interfaces, routes)
        .withLoopbackPassing(letsLoopbackPass())
        .withBridgedMeetingRules(situation.bridgedMeetRules());
  }

  /** Without a proxy, as dockerd sets it, so that 127.0.0.1 reaches containers. */
  private Set<String> letsLoopbackPass() {
    return switch (situation.proxyMode()) {
      case USERLAND -> Set.of();
      case HAIRPIN ->
          Set.of(Stream.of(Network.values()).map(Network::bridge).toArray(String[]::new));
    };
  }
}
