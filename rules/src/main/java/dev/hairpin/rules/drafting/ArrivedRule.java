package dev.hairpin.rules.drafting;

import static java.util.Comparator.comparingInt;

import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.stream.Stream;

/**
 * A rule that is written when something comes: a member, or a port or a link of one.
 *
 * @param arrival as {@link FamilyState#arrivalOf} says it
 */
public record ArrivedRule(int arrival, Rule rule) {
  /**
   * The rules in the order in which they are written. What came together is in the order given. A
   * rule that is there already isn't written again.
   */
  public static List<Rule> written(Stream<ArrivedRule> rules) {
    return rules
        .sorted(comparingInt(ArrivedRule::arrival))
        .map(ArrivedRule::rule)
        .distinct()
        .toList();
  }

  /**
   * Rules whose order is known, although a member may have come before what it has now: none of
   * them came before the one ahead of it.
   */
  public static Stream<ArrivedRule> inTurn(Stream<ArrivedRule> rules) {
    int[] latest = {0};
    return rules.toList().stream()
        .map(each -> {
          latest[0] = Math.max(latest[0], each.arrival());
          return new ArrivedRule(latest[0], each.rule());
        });
  }
}
