package dev.hairpin.agent.reconcile;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.PortBinding;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pass came to.
 *
 * @param state what the host now holds
 * @param failures bindings that were left out, and why
 * @param problems what else was asked for and can't be had now
 * @param changes how many changes were made to the kernel's rules
 * @param repair what was put right that way because somebody else had changed what we wrote; empty
 *     also where something else was asked for, as the two can't be told apart then
 */
public record Outcome(
    DesiredState state,
    Map<PortBinding, String> failures,
    List<Problem> problems,
    int changes,
    Optional<Repair> repair) {
  public Outcome {
    // In the order of the bindings, which Map.copyOf would lose.
    failures = Collections.unmodifiableMap(new LinkedHashMap<>(failures));
    problems = List.copyOf(problems);
  }
}
