package dev.hairpin.agent.lab;

import dev.hairpin.rules.address.Family;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many packets each rule has matched, as {@code iptables-save -c} prints it.
 *
 * @param packets in the order in which they are printed
 */
record RuleCounters(Map<CountedRule, Long> packets) {
  /** {@code [12:720] -A DOCKER -i docker1 -j RETURN}. */
  private static final Pattern COUNTED = Pattern.compile("\\[(\\d+):\\d+\\] (-A (\\S+).*)");

  private static final Pattern TARGET = Pattern.compile(" -[jg] (\\S+)");

  /**
   * The base chains in the order in which a packet and its answer may meet them. INPUT is before
   * OUTPUT: what the proxy receives, it sends on.
   */
  private static final List<String> HOOKS =
      List.of("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING");

  /** The tables in the order in which a hook calls them (iptables(8), TABLES). */
  private static final List<String> TABLES = List.of("raw", "mangle", "nat", "filter", "security");

  RuleCounters {
    packets = Collections.unmodifiableMap(new LinkedHashMap<>(packets));
  }

  /**
   * A rule.
   *
   * @param table {@code nat}
   * @param chain {@code DOCKER}
   * @param rule from {@code -A} on
   */
  record CountedRule(Family family, String table, String chain, String rule) {
    /** The chain or verdict that it leads to; empty for a rule that only counts. */
    Optional<String> target() {
      Matcher target = TARGET.matcher(rule);
      return target.find() ? Optional.of(target.group(1)) : Optional.empty();
    }
  }

  /** Reads what {@code iptables-save -c} printed. Equal rules of one chain are counted as one. */
  static RuleCounters parse(Family family, String saved) {
    Map<CountedRule, Long> packets = new LinkedHashMap<>();
    String table = "";
    for (String line : saved.lines().toList()) {
      if (line.startsWith("*")) {
        table = line.substring(1);
        continue;
      }
      Matcher counted = COUNTED.matcher(line);
      if (counted.matches()) {
        packets.merge(
            new CountedRule(family, table, counted.group(3), counted.group(2)),
            Long.parseLong(counted.group(1)),
            Long::sum);
      }
    }
    return new RuleCounters(packets);
  }

  /** All rules, in the order in which a packet meets the tables; a table's as they are printed. */
  List<CountedRule> rules() {
    return packets.keySet().stream()
        .sorted(
            Comparator.comparing(CountedRule::family)
                .thenComparingInt(rule -> TABLES.indexOf(rule.table())))
        .toList();
  }

  /** The counters of both. */
  RuleCounters and(RuleCounters other) {
    Map<CountedRule, Long> both = new LinkedHashMap<>(packets);
    both.putAll(other.packets);
    return new RuleCounters(both);
  }

  /**
   * The rules that matched a packet since {@code before}, in the order in which packets meet them:
   * a rule that jumps is followed by those of the chain that it jumps to.
   */
  List<CountedRule> usedSince(RuleCounters before) {
    List<CountedRule> used =
        packets.keySet().stream()
            .filter(rule -> packets.get(rule) > before.packets.getOrDefault(rule, 0L))
            .toList();
    Set<CountedRule> met = new LinkedHashSet<>();
    for (String hook : HOOKS) {
      for (String table : TABLES) {
        meet(used, table, hook, met);
      }
    }
    met.addAll(used);
    return new ArrayList<>(met);
  }

  private static void meet(
      List<CountedRule> used, String table, String chain, Set<CountedRule> met) {
    for (CountedRule rule : used) {
      if (rule.table().equals(table) && rule.chain().equals(chain) && met.add(rule)) {
        rule.target().ifPresent(target -> meet(used, table, target, met));
      }
    }
  }
}
