package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.trace.Exchange;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Follows one way to its end: to the container and back, through the proxy where that has it. */
final class Course {
  private final Situation situation;
  private final Way way;
  private final PortBinding binding;
  private final List<Trace> traces = new ArrayList<>();

  private Course(Situation situation, Way way) {
    this.situation = situation;
    this.way = way;
    this.binding = way.binding();
  }

  static Outcome of(Situation situation, Way way) {
    return new Course(situation, way).run();
  }

  private Outcome run() {
    Optional<Exchanges> tracer = tracer(way.family());
    if (tracer.isEmpty()) {
      return new Outcome.Untold();
    }
    Optional<BackendFault> stuck = Backends.noWayOut(situation, way);
    if (stuck.isPresent()) {
      return new Outcome.Failed(List.of(), stuck.get());
    }
    Exchange asked = follow(tracer.get(), way.packet());
    return switch (asked.there().verdict()) {
      case Verdict.Delivered(IpAddress address, int port) -> delivered(asked, address, port);
      case Verdict.Forwarded to ->
          arrived(way.packet(), asked, to)
              .orElseGet(() -> new Outcome.Served(traces, false, asked.there().source()));
      case Verdict.Dropped dropped -> new Outcome.Stopped(traces);
      case Verdict.Rejected rejected -> new Outcome.Stopped(traces);
      case Verdict.Unroutable unroutable -> new Outcome.Stopped(traces);
      case Verdict.Unknown unknown -> new Outcome.Stopped(traces);
    };
  }

  private Optional<Exchanges> tracer(Family family) {
    return situation.exchanges(family);
  }

  private Exchange follow(Exchanges tracer, Packet packet) {
    Exchange exchange = tracer.of(packet);
    traces.add(exchange.there());
    return exchange;
  }

  /**
   * What goes wrong with a packet that leaves for somebody, and with the answer; empty if nothing.
   */
  private Optional<Outcome> arrived(Packet packet, Exchange exchange, Verdict.Forwarded to) {
    boolean isForContainer =
        to.address().equals(binding.containerAddress()) && to.port() == binding.containerPort();
    boolean isOnItsBridge = way.bridge().map(to.by()::equals).orElse(true);
    if (!isForContainer || !isOnItsBridge) {
      return Optional.of(new Outcome.Astray(traces));
    }
    Optional<BackendFault> fault = Backends.fault(situation, way, exchange.there().source());
    return fault
        .<Outcome>map(found -> new Outcome.Failed(traces, found))
        .or(() -> unanswered(packet, exchange));
  }

  private Optional<Outcome> unanswered(Packet packet, Exchange exchange) {
    Optional<Trace> back = exchange.back();
    boolean isHeard =
        back.filter(answer -> answer.source().equals(packet.destination()))
            .filter(answer -> comesHome(answer.verdict()))
            .isPresent();
    back.ifPresent(traces::add);
    return isHeard ? Optional.empty() : Optional.of(new Outcome.Unanswered(traces));
  }

  private static boolean comesHome(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Delivered delivered -> true;
      case Verdict.Forwarded forwarded -> true;
      case Verdict.Dropped dropped -> false;
      case Verdict.Rejected rejected -> false;
      case Verdict.Unroutable unroutable -> false;
      case Verdict.Unknown unknown -> false;
    };
  }

  /** A socket of this host's gets it: the proxy's, if all is right. */
  private Outcome delivered(Exchange exchange, IpAddress address, int port) {
    if (!situation.isServed(binding)) {
      Optional<Outcome> wrong = unheard(address, port);
      if (wrong.isPresent()) {
        return wrong.get();
      }
    } else if (!isListenedFor(address, port)) {
      return new Outcome.Unheard(traces, Optional.empty(), true);
    }
    return unanswered(way.packet(), exchange).orElseGet(this::askedByProxy);
  }

  private boolean isListenedFor(IpAddress address, int port) {
    HostPort at = binding.hostPort();
    return at.port() == port
        && (at.address().equals(address)
            || (at.address().isWildcard() && at.address().family() == address.family()));
  }

  private Optional<Outcome> unheard(IpAddress address, int port) {
    Optional<List<Listener>> listening =
        situation.isIdeal()
            ? Optional.of(List.of())
            : situation.listeners(binding.protocol(), address, port);
    if (listening.isEmpty()) {
      return Optional.of(new Outcome.Unheard(traces, Optional.empty(), false));
    }
    Proxies proxies = new Proxies(situation.evidence().proxies(), situation.evidence().agent());
    boolean isProxied =
        listening.get().stream()
            .anyMatch(each -> way.isProxied() && proxies.kind(each, binding) == Proxies.Kind.OWN);
    return isProxied
        ? Optional.empty()
        : Optional.of(new Outcome.Unheard(traces, listening.get().stream().findFirst(), true));
  }

  /** The proxy asks the container, as any process of this host would. */
  private Outcome askedByProxy() {
    IpAddress container = binding.containerAddress();
    Optional<Exchanges> tracer = tracer(container.family());
    Optional<IpAddress> source = sourceFor(container);
    if (tracer.isEmpty() || source.isEmpty()) {
      // Where the host has no address on the container's network, the trace says so.
      return tracer.isEmpty() ? new Outcome.Untold() : stranded(tracer.get(), container);
    }
    Packet packet =
        Packet.sent(binding.protocol(), source.get(), container, binding.containerPort());
    Exchange exchange = follow(tracer.get(), packet);
    Trace onwards = exchange.there();
    return switch (onwards.verdict()) {
      case Verdict.Forwarded to ->
          arrived(packet, exchange, to)
              .orElseGet(() -> new Outcome.Served(traces, true, onwards.source()));
      // A container on the host's own network, or a namespace that is the host's.
      case Verdict.Delivered delivered -> new Outcome.Served(traces, true, onwards.source());
      case Verdict.Dropped dropped -> new Outcome.Stopped(traces);
      case Verdict.Rejected rejected -> new Outcome.Stopped(traces);
      case Verdict.Unroutable unroutable -> new Outcome.Stopped(traces);
      case Verdict.Unknown unknown -> new Outcome.Stopped(traces);
    };
  }

  private Outcome stranded(Exchanges tracer, IpAddress container) {
    follow(tracer, Packet.sent(binding.protocol(), container, container, binding.containerPort()));
    return new Outcome.Stopped(traces);
  }

  private Optional<IpAddress> sourceFor(IpAddress container) {
    Optional<Surveyed> network = situation.network(container.family());
    return network
        .flatMap(host -> host.host().route(container))
        .flatMap(by -> network.get().host().addressOn(by, container.family()));
  }
}
