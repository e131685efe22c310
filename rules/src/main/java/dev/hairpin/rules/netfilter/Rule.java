package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Matches and an action. Two rules are equal when no packet can tell them apart: the reason is not
 * compared.
 *
 * @param matches in the order in which they are written
 */
public record Rule(List<Match> matches, Action action, Reason reason) {
  public Rule {
    matches = List.copyOf(matches);
    requireNonNull(action, "action");
    requireNonNull(reason, "reason");
  }

  /** A rule whose reason is not known: it was read from the kernel. */
  public static Rule of(List<Match> matches, Action action) {
    return new Rule(matches, action, Reason.UNKNOWN);
  }

  /** Begins a rule: {@code rule(reason).when(source(subnet)).then(masquerade())}. */
  public static Draft rule(Reason reason) {
    return new Draft(reason);
  }

  @Override
  public boolean equals(Object other) {
    return other == this
        || (other instanceof Rule that
            && action.equals(that.action)
            && matches.equals(that.matches));
  }

  @Override
  public int hashCode() {
    return Objects.hash(matches, action);
  }

  /** A rule that has no action yet. */
  public static final class Draft {
    private final Reason reason;
    private final List<Match> matches = new ArrayList<>();

    private Draft(Reason reason) {
      this.reason = requireNonNull(reason, "reason");
    }

    public Draft when(Match match) {
      matches.add(requireNonNull(match, "match"));
      return this;
    }

    /** Adds the match if there is one: a wildcard needs none. */
    public Draft when(Optional<Match> match) {
      match.ifPresent(matches::add);
      return this;
    }

    public Rule then(Action action) {
      return new Rule(matches, action, reason);
    }
  }
}
