package dev.hairpin.it.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** What was measured, round after round. */
final class Readings {
  private final Map<Row, Map<String, List<Double>>> values = new LinkedHashMap<>();

  void add(Row row, Contender contender, double value) {
    add(row, contender.toString(), value);
  }

  void add(Row row, String contender, double value) {
    values
        .computeIfAbsent(row, any -> new LinkedHashMap<>())
        .computeIfAbsent(contender, any -> new ArrayList<>())
        .add(value);
  }

  /** In the order in which they came. */
  Set<Row> rows() {
    return values.keySet();
  }

  /** The middle one of what a contender reached; empty when it took no part. */
  OptionalDouble median(Row row, String contender) {
    List<Double> sorted =
        values.getOrDefault(row, Map.of()).getOrDefault(contender, List.of()).stream()
            .sorted()
            .toList();
    int half = sorted.size() / 2;
    if (sorted.isEmpty()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2);
  }
}
