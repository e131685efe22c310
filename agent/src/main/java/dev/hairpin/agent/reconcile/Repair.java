package dev.hairpin.agent.reconcile;

import static java.util.stream.Collectors.joining;

import dev.hairpin.agent.posix.RuleWriter;
import java.util.List;

/**
 * What a pass put right because somebody else had changed what we wrote.
 *
 * @param damage what was wrong, phrase by phrase
 * @param suspects who has changed rules since the pass before; empty where the kernel did not tell
 */
public record Repair(List<String> damage, List<RuleWriter> suspects) {
  private static final int MOST_NAMED = 3;

  public Repair {
    damage = List.copyOf(damage);
    suspects = List.copyOf(suspects);
  }

  /** {@code nft (pid 4711)}, or {@code somebody}. */
  String who() {
    if (suspects.isEmpty()) {
      return "somebody";
    }
    String named =
        suspects.stream().limit(MOST_NAMED).map(RuleWriter::toString).collect(joining(", "));
    int others = suspects.size() - MOST_NAMED;
    return others > 0 ? named + " and " + others + " more" : named;
  }

  /** One line. */
  @Override
  public String toString() {
    return "put right what " + who() + " had changed: " + String.join("; ", damage);
  }
}
