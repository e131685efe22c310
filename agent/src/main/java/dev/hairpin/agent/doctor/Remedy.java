package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.plan.Plan;
import java.util.List;

/** One change that mends something. */
public sealed interface Remedy {
  /** Whether {@code --fix} may make it: it is the publisher's own, or does no harm. */
  boolean isSafe();

  /**
   * A command.
   *
   * @param argv without a shell's quotes
   */
  record Run(List<String> argv, boolean isSafe) implements Remedy {
    public Run {
      argv = List.copyOf(argv);
    }
  }

  /**
   * Rules of the publisher's put back, in one transaction.
   *
   * @param plan what it changes
   */
  record PutBack(Family family, Plan plan) implements Remedy {
    public PutBack {
      requireNonNull(family, "family");
      requireNonNull(plan, "plan");
    }

    @Override
    public boolean isSafe() {
      return true;
    }
  }

  /**
   * Something that only a person can do.
   *
   * @param key of the sentence that says it, {@code remedy.KEY} of the bundle {@code doctor}
   * @param parts of that sentence
   */
  record ByHand(String key, List<String> parts) implements Remedy {
    /** Its part is the name of a {@link dev.hairpin.agent.walk.Whose}. */
    public static final String CHANGE_AT_OWNER = "change-at-owner";

    public ByHand {
      requireNonNull(key, "key");
      parts = List.copyOf(parts);
    }

    @Override
    public boolean isSafe() {
      return false;
    }
  }
}
