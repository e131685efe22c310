package dev.hairpin.rules.iptables;

import static java.util.Comparator.comparingInt;

import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.stream.Stream;

/**
 * A rule that is written when a publisher starts.
 *
 * @param start how many publishers started before
 */
record StartedRule(int start, Rule rule) {
  /**
   * The rules in the order in which they are written: of one publisher in the order given. A rule
   * that is there already isn't written again.
   */
  static List<Rule> written(Stream<StartedRule> rules) {
    return rules
        .sorted(comparingInt(StartedRule::start))
        .map(StartedRule::rule)
        .distinct()
        .toList();
  }
}
