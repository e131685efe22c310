package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.lab.RuleCounters.CountedRule;
import java.time.Duration;
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

    /** Somebody said that nobody listens there. */
    record Refused() implements Answer {}

    /** Nothing came back for a time. */
    record Silence(Duration waited) implements Answer {
      public Silence {
        requireNonNull(waited, "waited");
      }
    }

    /** Something else went wrong, in the system's words. */
    record Failed(String why) implements Answer {
      public Failed {
        requireNonNull(why, "why");
      }
    }
  }

  /** Who carried the request to the server. */
  enum Carrier {
    KERNEL,
    PROXY,
    NOBODY
  }

  /** A connection either had its address changed by a rule, or reached a socket of the host. */
  Carrier carrier() {
    return switch (answer) {
      case Answer.Refused refused -> Carrier.NOBODY;
      case Answer.Silence silence -> Carrier.NOBODY;
      case Answer.Failed failed -> Carrier.NOBODY;
      case Answer.Arrived arrived ->
          rules.stream().anyMatch(rule -> rule.target().filter("DNAT"::equals).isPresent())
              ? Carrier.KERNEL
              : Carrier.PROXY;
    };
  }
}
