package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.trace.Place;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Something that is wrong, or that a person should know.
 *
 * @param ways that it spoils, at most one finding's worth each; none where it is about a container
 *     or the look itself
 * @param at the chain; empty where it is no rule
 * @param whose rule or setting; empty where it is nobody's
 * @param parts of the sentence {@code finding.CODE} of the bundle {@code doctor}
 * @param evidence lines as the tools print them
 * @param remedies each of them mends it, the best first; or all of them together, in this order,
 *     where they are of one command each
 */
public record Finding(
    Code code,
    List<Way> ways,
    Optional<Place> at,
    Optional<Whose> whose,
    List<String> parts,
    List<String> evidence,
    List<Remedy> remedies) {
  public Finding {
    requireNonNull(code, "code");
    ways = List.copyOf(ways);
    requireNonNull(at, "at");
    requireNonNull(whose, "whose");
    parts = List.copyOf(parts);
    evidence = List.copyOf(evidence);
    remedies = List.copyOf(remedies);
  }

  /** One that is about no rule. */
  static Finding of(
      Code code, List<Way> ways, List<String> parts, List<String> evidence, List<Remedy> remedies) {
    return new Finding(code, ways, Optional.empty(), Optional.empty(), parts, evidence, remedies);
  }

  /** The same of more ways. */
  Finding joined(Finding other) {
    return new Finding(
        code,
        Stream.concat(ways.stream(), other.ways.stream()).toList(),
        at,
        whose,
        parts,
        evidence,
        remedies);
  }
}
