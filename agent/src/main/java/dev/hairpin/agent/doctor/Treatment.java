package dev.hairpin.agent.doctor;

import java.util.ArrayList;
import java.util.List;

/**
 * Puts differences right on paper until a packet arrives, and leaves out again what it can arrive
 * without.
 */
final class Treatment {
  /** No packet meets more faults, one behind the other, than somebody can mend in a day. */
  private static final int ROUNDS = 12;

  private final Way way;
  private final List<Author> authors;
  private final boolean byKernel;

  /**
   * @param byKernel whether the packet is to reach the container without the proxy
   */
  Treatment(Way way, List<Author> authors, boolean byKernel) {
    this.way = way;
    this.authors = authors;
    this.byKernel = byKernel;
  }

  /**
   * What was found.
   *
   * @param cures without any of which the packet does not arrive
   * @param outcome with all of them
   */
  record Found(List<Cure> cures, Outcome outcome) {
    Found {
      cures = List.copyOf(cures);
    }
  }

  Found of(Situation start) {
    List<Cure> cures = new ArrayList<>();
    Situation situation = start;
    Outcome outcome = Course.of(situation, way);
    for (int round = 0; round < ROUNDS && !isWell(outcome); round++) {
      List<List<Cure>> suspects =
          Suspects.of(situation, way, outcome, authors).stream()
              .filter(cure -> !cures.containsAll(cure))
              .toList();
      if (suspects.isEmpty()) {
        break;
      }
      List<Cure> next = next(situation, suspects);
      cures.addAll(next);
      situation = situation.with(next);
      outcome = Course.of(situation, way);
    }
    return isWell(outcome)
        ? new Found(needed(start, cures), outcome)
        : new Found(List.of(), outcome);
  }

  /** The first that is enough; if none is, all of them, of which some will be left out again. */
  private List<Cure> next(Situation situation, List<List<Cure>> suspects) {
    return suspects.stream()
        .filter(cures -> isWell(Course.of(situation.with(cures), way)))
        .findFirst()
        .orElseGet(() -> suspects.stream().flatMap(List::stream).distinct().toList());
  }

  /** What came last is tried first, so that of two that would do the likelier one stays. */
  private List<Cure> needed(Situation start, List<Cure> cures) {
    List<Cure> needed = new ArrayList<>(cures);
    for (Cure cure : cures.reversed()) {
      List<Cure> others = new ArrayList<>(needed);
      others.remove(cure);
      if (isWell(Course.of(start.with(others), way))) {
        needed.remove(cure);
      }
    }
    return needed;
  }

  boolean isWell(Outcome outcome) {
    return outcome instanceof Outcome.Served served && !(byKernel && served.byProxy());
  }
}
