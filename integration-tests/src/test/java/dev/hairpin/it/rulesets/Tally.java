package dev.hairpin.it.rulesets;

import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Trace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutionResult.Status;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * Counts what was foretold. A property that has hardly asked anything, or always the same, has not
 * held.
 */
final class Tally implements AroundPropertyHook {
  private static final int LEAST_CASES = 500;

  /** Of a hundred cases, those that the tracer may leave open. */
  private static final int MOST_UNKNOWN = 3;

  /** Of a hundred cases, those that each end must come up in. */
  private static final int LEAST_OF_EACH = 4;

  private static final String CASES = "cases";
  private static final String TRANSLATED = "translated";
  private static final String UNKNOWN = "Unknown";
  private static final Map<String, Integer> COUNTS = new TreeMap<>();

  static void note(Trace trace, Optional<Fate> foretold) {
    count(CASES);
    count(foretold.map(Fate::kind).orElse(UNKNOWN));
    if (trace.hops().stream().anyMatch(Hop::isTranslated)) {
      count(TRANSLATED);
    }
  }

  private static void count(String kind) {
    COUNTS.merge(kind, 1, Integer::sum);
  }

  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) {
    COUNTS.clear();
    PropertyExecutionResult result = property.execute();
    System.out.println(context.label() + ": " + COUNTS);
    return result.status() == Status.SUCCESSFUL
        ? shortcoming().map(text -> result.mapToFailed(text + ": " + COUNTS)).orElse(result)
        : result;
  }

  private static Optional<String> shortcoming() {
    if (of(CASES) < LEAST_CASES) {
      return Optional.of("fewer than " + LEAST_CASES + " cases");
    }
    if (of(UNKNOWN) * 100 > of(CASES) * MOST_UNKNOWN) {
      return Optional.of("more than " + MOST_UNKNOWN + " % were left open");
    }
    return List.of("Delivered", "Left", "Stopped", "Gone", TRANSLATED).stream()
        .filter(kind -> of(kind) * 100 < of(CASES) * LEAST_OF_EACH)
        .findFirst()
        .map(kind -> "fewer than " + LEAST_OF_EACH + " % were " + kind);
  }

  private static int of(String kind) {
    return COUNTS.getOrDefault(kind, 0);
  }
}
