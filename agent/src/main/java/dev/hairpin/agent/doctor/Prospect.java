package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Doubt;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What may become of a way. Where rules are not understood, they are taken for such that don't
 * match, and for such that do.
 *
 * @param situation with none of those rules
 * @param doubts the rules that it hangs on; none where it goes alike either way
 */
record Prospect(Fate fate, Situation situation, List<Cure.TakeOut> doubts) {
  /** Each doubles what has to be followed. */
  private static final int MANY = 5;

  /** What is sure of it. */
  enum Fate {
    WELL,
    LOST,
    UNSURE
  }

  Prospect {
    doubts = List.copyOf(doubts);
  }

  static Prospect of(Situation situation, Way way, Predicate<Outcome> isWell) {
    return of(situation, way, isWell, MANY);
  }

  private static Prospect of(
      Situation situation, Way way, Predicate<Outcome> isWell, int doubtsLeft) {
    Outcome outcome = Course.of(situation, way);
    Optional<Cure.TakeOut> doubt = doubt(outcome);
    if (doubt.isEmpty()) {
      return new Prospect(isWell.test(outcome) ? Fate.WELL : Fate.LOST, situation, List.of());
    }
    if (doubtsLeft == 0) {
      return new Prospect(Fate.UNSURE, situation, List.of(doubt.get()));
    }
    Prospect without = of(without(situation, doubt.get()), way, isWell, doubtsLeft - 1);
    Optional<Prospect> with =
        with(situation, doubt.get()).map(other -> of(other, way, isWell, doubtsLeft - 1));
    return without.or(with, doubt.get());
  }

  /** The rule that the last packet's way hangs on. */
  private static Optional<Cure.TakeOut> doubt(Outcome outcome) {
    if (outcome.traces().isEmpty()) {
      return Optional.empty();
    }
    Trace last = outcome.last();
    return last.verdict() instanceof Trace.Verdict.Unknown(Place at, var rule)
        ? Optional.of(new Cure.TakeOut(last.last().destination().family(), at, rule, last))
            .filter(Cure.TakeOut::isDoubt)
        : Optional.empty();
  }

  private static Situation without(Situation situation, Cure.TakeOut doubt) {
    return situation.withTables(
        doubt.family(), tables -> Doubt.about(tables, doubt.at(), doubt.rule()).without());
  }

  /** Empty where it isn't understood what the rule does. */
  private static Optional<Situation> with(Situation situation, Cure.TakeOut doubt) {
    Family family = doubt.family();
    boolean isActionKnown =
        situation
            .tables(family)
            .flatMap(tables -> Doubt.about(tables, doubt.at(), doubt.rule()).with())
            .isPresent();
    return isActionKnown
        ? Optional.of(
            situation.withTables(
                family,
                tables -> Doubt.about(tables, doubt.at(), doubt.rule()).with().orElse(tables)))
        : Optional.empty();
  }

  private Prospect or(Optional<Prospect> with, Cure.TakeOut doubt) {
    boolean isSame = with.filter(other -> other.fate == fate).isPresent();
    if (isSame && fate != Fate.UNSURE) {
      return this;
    }
    Set<Cure.TakeOut> all = new LinkedHashSet<>(doubts);
    with.ifPresent(other -> all.addAll(other.doubts));
    if (!isSame) {
      all.add(doubt);
    }
    return new Prospect(Fate.UNSURE, situation, List.copyOf(all));
  }
}
