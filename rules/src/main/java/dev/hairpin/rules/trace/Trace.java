package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.Optional;

/**
 * A packet's way.
 *
 * @param hops the base chains that it went through, in order
 * @param verdict what became of it
 * @param last as it was at the end of its way
 */
public record Trace(List<Hop> hops, Verdict verdict, Packet last) {
  public Trace {
    hops = List.copyOf(hops);
    requireNonNull(verdict, "verdict");
    requireNonNull(last, "last");
  }

  /** The rules that matched it, in order. */
  public List<Step> steps() {
    return hops.stream().flatMap(hop -> hop.steps().stream()).toList();
  }

  /** Whom the receiver sees. */
  public IpAddress source() {
    return last.source();
  }

  /**
   * A rule that matched.
   *
   * @param number its place in the chain; the first is 1
   * @param found what the rule has looked up in a map, if it does
   */
  public record Step(Place at, int number, Rule rule, Optional<PortSet.Element> found) {
    public Step {
      requireNonNull(at, "at");
      requireNonNull(rule, "rule");
      requireNonNull(found, "found");
    }

    /** Why it is there; of one that looks up, why what it has found is. */
    public Reason reason() {
      return found.map(PortSet.Element::reason).orElse(rule.reason());
    }
  }

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
