package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.wording.Columns;
import java.io.PrintWriter;
import java.util.stream.Stream;

/** Prints two lines about one connection, which stand below each other. */
record ConnectionLines(PrintWriter out) {
  private static final String GAP = "  ";

  /** What both are about is as wide as the widest of them, {@code conntrack}. */
  private static final int SUBJECT = 9;

  ConnectionLines {
    requireNonNull(out, "out");
  }

  /** A line, with what it is called. */
  record Line(String label, String text) {}

  /**
   * Prints them.
   *
   * @param subject what both are about
   */
  void print(String subject, Line first, Line second) {
    int label = Stream.of(first, second).mapToInt(line -> Columns.of(line.label())).max().orElse(0);
    print(subject, first, label);
    print("", second, label);
  }

  private void print(String subject, Line line, int label) {
    out.println(
        Columns.padded(subject, SUBJECT)
            + GAP
            + Columns.padded(line.label(), label)
            + GAP
            + line.text());
  }
}
