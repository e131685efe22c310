package dev.hairpin.it.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * The medians side by side, ours first, with our ratio to the better docker-proxy and what it is
 * meant to be.
 */
final class ResultTable {
  private static final String UNKNOWN = "-";
  private static final String OK = "ok";
  private static final String BELOW = "below";
  private static final String HAPROXY = new Contender.HaProxy().toString();

  private final Readings readings;
  private final String ours;
  private final List<String> originals;
  private final List<String> others;

  /**
   * A table of what was read.
   *
   * @param originals what does our work elsewhere
   * @param others what else stands beside us
   */
  ResultTable(Readings readings, String ours, List<String> originals, List<String> others) {
    this.readings = readings;
    this.ours = ours;
    this.originals = List.copyOf(originals);
    this.others = List.copyOf(others);
  }

  /** As Markdown. */
  String text() {
    List<String> columns = new ArrayList<>(List.of(ours));
    columns.addAll(originals);
    columns.addAll(others);
    List<String> lines = new ArrayList<>();
    lines.add(line("what", columns, name -> name, "ratio", "bar", ""));
    lines.add(line("---", columns, name -> "---:", "---:", "---:", "---"));
    for (Row row : readings.rows()) {
      lines.add(
          line(
              row.what(),
              columns,
              name -> number(readings.median(row, name)),
              number(ratio(row)),
              barText(row),
              verdict(row)));
    }
    return String.join("\n", lines) + "\n";
  }

  private static String line(
      String what,
      List<String> columns,
      Function<String, String> cell,
      String ratio,
      String bar,
      String verdict) {
    return columns.stream().map(cell).collect(Collectors.joining(" | ", "| " + what + " | ", " | "))
        + ratio
        + " | "
        + bar
        + " | "
        + verdict
        + " |";
  }

  private OptionalDouble ratio(Row row) {
    return quotient(
        readings.median(row, ours),
        switch (row.bar()) {
          case Bar.Times(String column, double factor) -> readings.median(row, column);
          case Bar other -> best(row);
        });
  }

  private OptionalDouble best(Row row) {
    DoubleStream medians =
        originals.stream()
            .map(name -> readings.median(row, name))
            .flatMapToDouble(OptionalDouble::stream);
    return row.moreIsBetter() ? medians.max() : medians.min();
  }

  private static OptionalDouble quotient(OptionalDouble dividend, OptionalDouble divisor) {
    return dividend.isPresent() && divisor.isPresent()
        ? OptionalDouble.of(dividend.getAsDouble() / divisor.getAsDouble())
        : OptionalDouble.empty();
  }

  private static String barText(Row row) {
    String sign = row.moreIsBetter() ? ">= " : "<= ";
    return switch (row.bar()) {
      case Bar.TimesOriginal(double factor) -> sign + factor;
      case Bar.TimesOriginalAndHaProxy(double factor, double ofHaProxy) ->
          sign + factor + ", HAProxy " + ofHaProxy;
      case Bar.Times(String column, double factor) -> sign + factor + " of " + column;
      case Bar.Below(double limit, String unit) ->
          "< " + number(OptionalDouble.of(limit)) + " " + unit;
      case Bar.AtMost(double limit) -> "<= " + number(OptionalDouble.of(limit));
    };
  }

  private String verdict(Row row) {
    OptionalDouble own = readings.median(row, ours);
    if (own.isEmpty()) {
      return UNKNOWN;
    }
    return switch (row.bar()) {
      case Bar.TimesOriginal(double factor) -> verdict(row, ratio(row), factor);
      case Bar.Times(String column, double factor) -> verdict(row, ratio(row), factor);
      case Bar.TimesOriginalAndHaProxy(double factor, double ofHaProxy) ->
          verdict(row, ratio(row), factor).equals(OK)
              ? verdict(row, quotient(own, readings.median(row, HAPROXY)), ofHaProxy)
              : verdict(row, ratio(row), factor);
      case Bar.Below(double limit, String unit) -> own.getAsDouble() < limit ? OK : BELOW;
      case Bar.AtMost(double limit) -> own.getAsDouble() <= limit ? OK : BELOW;
    };
  }

  private static String verdict(Row row, OptionalDouble ratio, double factor) {
    if (ratio.isEmpty()) {
      return UNKNOWN;
    }
    boolean reaches =
        row.moreIsBetter() ? ratio.getAsDouble() >= factor : ratio.getAsDouble() <= factor;
    return reaches ? OK : BELOW;
  }

  /** With three digits that count. */
  private static String number(OptionalDouble value) {
    if (value.isEmpty()) {
      return UNKNOWN;
    }
    double number = value.getAsDouble();
    int decimals = Math.clamp(2 - (int) Math.floor(Math.log10(Math.max(number, 0.001))), 0, 3);
    return String.format(Locale.ROOT, "%,." + decimals + "f", number);
  }
}
