package dev.hairpin.it.doctor;

import dev.hairpin.agent.doctor.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What came of all faults, to be printed for whoever reads the log. */
final class Results {
  private final String title;
  private final List<Row> rows = new ArrayList<>();

  Results(String title) {
    this.title = title;
  }

  private record Row(
      String fault, String found, boolean isRight, boolean isFixed, String falseAlarms) {}

  void add(Fault fault, List<Code> codes, boolean isRight, boolean isFixed) {
    List<Code> others = codes.stream().filter(code -> !fault.codes().contains(code)).toList();
    rows.add(new Row(fault.name(), text(codes), isRight, isFixed, text(others)));
  }

  private static String text(List<Code> codes) {
    return codes.isEmpty()
        ? "-"
        : codes.stream().map(Code::keyword).distinct().collect(Collectors.joining(", "));
  }

  /** A line for each fault. */
  @Override
  public String toString() {
    String format = "%-58s  %-44s  %-8s  %-5s  %s%n";
    return title
        + "\n"
        + format.formatted("fault", "found", "culprit", "fixed", "false alarms")
        + rows.stream()
            .map(row ->
                format.formatted(
                    row.fault,
                    row.found,
                    row.isRight ? "right" : "WRONG",
                    row.isFixed ? "yes" : "NO",
                    row.falseAlarms))
            .collect(Collectors.joining());
  }
}
