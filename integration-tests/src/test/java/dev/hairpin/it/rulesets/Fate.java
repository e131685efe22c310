package dev.hairpin.it.rulesets;

import static java.util.stream.Collectors.joining;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What became of a packet.
 *
 * @param met the rules that matched it, in order
 */
record Fate(List<Met> met, End end) {
  Fate {
    met = List.copyOf(met);
  }

  /**
   * A rule that matched.
   *
   * @param chain with its table: {@code filter FORWARD}
   * @param number in its chain, from 1
   */
  record Met(String chain, int number) {
    @Override
    public String toString() {
      return chain + ":" + number;
    }
  }

  /** How it ended. */
  sealed interface End {
    /** It was for a socket of the host. */
    record Delivered(Segment as) implements End {}

    record Left(String by, Segment as) implements End {}

    /**
     * A rule dropped or rejected it, or, where there is no number, a chain's policy did.
     *
     * @param chain with its table
     */
    record Stopped(String chain, OptionalInt rule) implements End {}

    /** No rule stopped it, and it went nowhere. */
    record Gone() implements End {}
  }

  /** A packet's ends, as its receiver sees them. */
  record Segment(IpAddress source, int sourcePort, IpAddress destination, int port) {
    @Override
    public String toString() {
      return source.withPort(sourcePort) + " > " + destination.withPort(port);
    }
  }

  /** What the tracer says; empty where it says that it can't know. */
  static Optional<Fate> foretold(Trace trace) {
    List<Met> met =
        trace.steps().stream().map(step -> new Met(step.at().toString(), step.number())).toList();
    return switch (trace.verdict()) {
      case Verdict.Delivered delivered ->
          Optional.of(
              new Fate(
                  met, new End.Delivered(segment(trace, delivered.address(), delivered.port()))));
      case Verdict.Forwarded forwarded ->
          Optional.of(
              new Fate(
                  met,
                  new End.Left(
                      forwarded.by(), segment(trace, forwarded.address(), forwarded.port()))));
      case Verdict.Dropped(var at, var rule) ->
          Optional.of(
              new Fate(
                  met,
                  new End.Stopped(
                      at.toString(),
                      rule.isPresent()
                          ? OptionalInt.of(met.getLast().number())
                          : OptionalInt.empty())));
      case Verdict.Rejected(var at, var rule) ->
          Optional.of(
              new Fate(
                  met, new End.Stopped(at.toString(), OptionalInt.of(met.getLast().number()))));
      case Verdict.Unroutable unroutable -> Optional.of(new Fate(met, new End.Gone()));
      case Verdict.Unknown unknown -> Optional.empty();
    };
  }

  /** Where to, by the verdict; whence, by the packet. */
  private static Segment segment(Trace trace, IpAddress address, int port) {
    int sourcePort =
        switch (trace.last().payload()) {
          case Packet.Payload.Segment(var protocol, int from, int to) -> from;
          case Packet.Payload.Ping() -> 0;
        };
    return new Segment(trace.source(), sourcePort, address, port);
  }

  /** For statistics. */
  String kind() {
    return end.getClass().getSimpleName();
  }

  @Override
  public String toString() {
    return end + " by " + met.stream().map(Met::toString).collect(joining(", ", "[", "]"));
  }
}
