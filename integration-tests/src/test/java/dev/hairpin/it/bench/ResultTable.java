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

  private final Readings readings;
  private final String ours;
  private final List<String> dockerProxies;
  private final String haproxy;
  private final String direct;

  ResultTable(
      Readings readings, String ours, List<String> dockerProxies, String haproxy, String direct) {
    this.readings = readings;
    this.ours = ours;
    this.dockerProxies = List.copyOf(dockerProxies);
    this.haproxy = haproxy;
    this.direct = direct;
  }

  /** As Markdown. */
  String text() {
    List<String> columns = new ArrayList<>(List.of(ours));
    columns.addAll(dockerProxies);
    columns.addAll(List.of(haproxy, direct));
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
    return quotient(readings.median(row, ours), best(row));
  }

  private OptionalDouble best(Row row) {
    DoubleStream medians =
        dockerProxies.stream()
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
      case Bar.TimesDockerProxy(double factor) -> sign + factor;
      case Bar.TimesDockerProxyAndHaProxy(double factor, double ofHaProxy) ->
          sign + factor + ", HAProxy " + ofHaProxy;
      case Bar.Below(double limit) -> "< " + number(OptionalDouble.of(limit)) + " s";
    };
  }

  private String verdict(Row row) {
    OptionalDouble own = readings.median(row, ours);
    if (own.isEmpty() || (ratio(row).isEmpty() && !(row.bar() instanceof Bar.Below))) {
      return UNKNOWN;
    }
    boolean ok =
        switch (row.bar()) {
          case Bar.TimesDockerProxy(double factor) -> reaches(row, ratio(row), factor);
          case Bar.TimesDockerProxyAndHaProxy(double factor, double ofHaProxy) ->
              reaches(row, ratio(row), factor)
                  && reaches(row, quotient(own, readings.median(row, haproxy)), ofHaProxy);
          case Bar.Below(double limit) -> own.getAsDouble() < limit;
        };
    return ok ? "ok" : "below";
  }

  private static boolean reaches(Row row, OptionalDouble ratio, double factor) {
    return row.moreIsBetter()
        ? ratio.orElse(Double.NaN) >= factor
        : ratio.orElse(Double.NaN) <= factor;
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
