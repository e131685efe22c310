package dev.hairpin.agent.doctor;

import com.google.common.collect.MapMaker;
import dev.hairpin.rules.netfilter.Rule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;

/**
 * Where rules stand in a chain, without comparing each with each: a chain of a thousand ports is
 * asked for some of its rules thousands of times.
 */
final class Order {
  /** Chains don't change. Keys are told by identity, here and below. */
  private static final ConcurrentMap<List<Rule>, Order> KNOWN = new MapMaker().weakKeys().makeMap();

  private final Map<Rule, Integer> firsts = new HashMap<>();
  private final Map<Rule, Integer> lasts = new HashMap<>();
  private final ConcurrentMap<List<Rule>, int[]> placesHere = new MapMaker().weakKeys().makeMap();

  private Order(List<Rule> rules) {
    for (int i = 0; i < rules.size(); i++) {
      firsts.putIfAbsent(rules.get(i), i);
      lasts.put(rules.get(i), i);
    }
  }

  /**
   * That of a chain.
   *
   * @param rules that never change
   */
  static Order of(List<Rule> rules) {
    return KNOWN.computeIfAbsent(rules, Order::new);
  }

  boolean has(Rule rule) {
    return firsts.containsKey(rule);
  }

  /** Where it belongs in another chain: in front of the first rule that stands behind it here. */
  int placeFor(Rule rule, List<Rule> rules) {
    int own = firsts.getOrDefault(rule, -1);
    int[] here = placesHere.computeIfAbsent(rules, this::places);
    int at = 0;
    while (at < here.length && here[at] <= own) {
      at++;
    }
    return at;
  }

  /** Of each rule the last place here; -1 if it has none. */
  private int[] places(List<Rule> rules) {
    return rules.stream().mapToInt(rule -> lasts.getOrDefault(rule, -1)).toArray();
  }
}
