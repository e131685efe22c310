package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.Optional;

/**
 * A packet's way.
 *
 * @param steps the rules that matched it, in order
 * @param verdict what became of it
 * @param source whom the receiver sees
 */
public record Trace(List<Step> steps, Verdict verdict, IpAddress source) {
  public Trace {
    steps = List.copyOf(steps);
    requireNonNull(verdict, "verdict");
    requireNonNull(source, "source");
  }

  /**
   * A rule that matched.
   *
   * @param number its place in the chain; the first is 1
   */
  public record Step(Place at, int number, Rule rule) {}

  /** What becomes of a packet. The port of a ping is 0. */
  public sealed interface Verdict {
    /** A socket of this host gets it, if there is one; here the userland proxy may answer. */
    record Delivered(IpAddress address, int port) implements Verdict {}

    /** It leaves by an interface. */
    record Forwarded(IpAddress address, int port, String by) implements Verdict {}

    /**
     * It is gone, and nobody is told.
     *
     * @param rule which rule did it; empty when it was the chain's policy
     */
    record Dropped(Place at, Optional<Rule> rule) implements Verdict {}

    /** It is gone, and its sender is told. */
    record Rejected(Place at, Rule rule) implements Verdict {}

    /** There is no way to this address from here, or none that it may take. */
    record Unroutable(IpAddress address) implements Verdict {}

    /** It hangs on a rule that we don't understand, or on an order of chains that we can't see. */
    record Unknown(Place at, Rule rule) implements Verdict {}
  }
}
