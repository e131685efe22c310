package dev.hairpin.agent.cli;

import dev.hairpin.agent.doctor.Remedy;
import java.util.ArrayList;
import java.util.List;

/** What a person is told of a {@link Remedy}. */
record RemedyLines(DoctorSentences sentences) {
  /** The most rules that are listed. */
  private static final int MOST_RULES = 10;

  /**
   * A line.
   *
   * @param isForCopying whether it is a command or rule, fit for a terminal, and must not be broken
   */
  record Line(String text, boolean isForCopying) {}

  List<Line> of(Remedy remedy) {
    return switch (remedy) {
      case Remedy.Run(List<String> argv, boolean isSafe) ->
          List.of(new Line(ShellLine.of(argv), true));
      case Remedy.PutBack putBack -> of(PutBackLines.of(putBack));
      case Remedy.ByHand byHand -> List.of(new Line(sentences.byHand(byHand), false));
    };
  }

  private List<Line> of(PutBackLines rules) {
    int count = rules.lines().size();
    List<Line> lines = new ArrayList<>();
    lines.add(new Line(heading(rules, count), false));
    rules.lines().stream()
        .limit(MOST_RULES)
        .forEach(rule -> lines.add(new Line(Printable.line(rule), true)));
    if (count > MOST_RULES) {
      lines.add(new Line(sentences.say("fix.more", count - MOST_RULES), false));
    }
    return lines;
  }

  private String heading(PutBackLines rules, int count) {
    if (!rules.onlyPutsBack()) {
      return sentences.say("fix.changes", count);
    }
    return count == 1 ? sentences.say("fix.put-back.one") : sentences.say("fix.put-back", count);
  }
}
