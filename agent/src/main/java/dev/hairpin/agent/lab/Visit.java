package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.lab.RuleCounters.CountedRule;
import java.util.List;

/**
 * One request and what became of it.
 *
 * @param rules of the host that matched its packets, in the order in which they met them
 */
record Visit(Approach approach, Answer answer, List<CountedRule> rules) {
  Visit {
    requireNonNull(approach, "approach");
    requireNonNull(answer, "answer");
    rules = List.copyOf(rules);
  }

  /** What came back. */
  sealed interface Answer {
    /**
     * The server answered.
     *
     * @param greeting its first line
     * @param source the address that it saw
     */
    record Arrived(String greeting, String source) implements Answer {}

    /** Nothing came back, and why. */
    record Missed(String why) implements Answer {}
  }

  /** Who carried the request to the server. */
  enum Carrier {
    KERNEL("kernel (DNAT)"),
    PROXY("userland proxy"),
    NOBODY("-");

    private final String text;

    Carrier(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A connection either had its address changed by a rule, or reached a socket of the host. */
  Carrier carrier() {
    return switch (answer) {
      case Answer.Missed missed -> Carrier.NOBODY;
      case Answer.Arrived arrived ->
          rules.stream().anyMatch(rule -> rule.target().filter("DNAT"::equals).isPresent())
              ? Carrier.KERNEL
              : Carrier.PROXY;
    };
  }
}
