package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.cli.LabComparison.Row;
import dev.hairpin.agent.lab.LabNetwork;
import dev.hairpin.agent.lab.Reply;
import dev.hairpin.agent.whatif.Question;
import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Wording;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Layouts side by side, a table for each who asks. */
final class LabComparisonText {
  private static final int WIDTH = 80;

  /** Which columns hold numbers, which stand at the right. */
  private static final List<Boolean> IS_NUMBER =
      List.of(false, true, true, true, true, false, false);

  private final PrintWriter out;
  private final Wording wording;
  private final boolean coloured;

  LabComparisonText(PrintWriter out, Wording wording, boolean coloured) {
    this.out = requireNonNull(out, "out");
    this.wording = requireNonNull(wording, "wording");
    this.coloured = coloured;
  }

  void print(LabComparison.Result result) {
    paragraph(wording.say(result.proxy() ? "title" : "title.no-proxy"));
    for (Question question : LabComparison.QUESTIONS) {
      out.println();
      out.println(painted("1", question.letter() + "  " + who(question)));
      table(result.rows().stream().filter(row -> row.question() == question).toList());
    }
    out.println();
    paragraph(wording.say("counted"));
    if (!result.left().isEmpty()) {
      out.println();
      paragraph(
          wording.say(
              "forwarding",
              result.left().stream().map(Object::toString).collect(Collectors.joining(", "))));
    }
    out.println();
    foresight(result);
    out.flush();
  }

  private String who(Question question) {
    return wording.say("who." + question, question.address().withPort(LabNetwork.PORT));
  }

  private void table(List<Row> rows) {
    List<String> heading =
        Stream.of("layout", "rules", "chains", "rules-back", "chains-back", "seen", "carrier")
            .map(column -> wording.say("column." + column))
            .toList();
    List<List<String>> lines =
        Stream.concat(Stream.of(heading), rows.stream().map(this::cells)).toList();
    List<Integer> widths =
        IntStream.range(0, heading.size())
            .map(column ->
                lines.stream().mapToInt(line -> Columns.of(line.get(column))).max().orElse(0))
            .boxed()
            .toList();
    lines.forEach(line -> out.println(line(line, widths)));
  }

  private List<String> cells(Row row) {
    return List.of(
        row.layout().toString(),
        Integer.toString(row.there().rules()),
        Integer.toString(row.there().chains()),
        Integer.toString(row.back().rules()),
        Integer.toString(row.back().chains()),
        seen(row.reply()),
        wording.say(row.isProxied() ? "carrier.proxy" : "carrier.kernel"));
  }

  private String seen(Reply reply) {
    return switch (reply) {
      case Reply.Answered(String source) -> source;
      case Reply.Refused() -> wording.say("nobody");
      case Reply.Silence() -> wording.say("nobody");
    };
  }

  private static String line(List<String> cells, List<Integer> widths) {
    return "   "
        + IntStream.range(0, cells.size())
            .mapToObj(column -> {
              String cell = cells.get(column);
              String gap = " ".repeat(widths.get(column) - Columns.of(cell));
              return IS_NUMBER.get(column) ? gap + cell : cell + gap;
            })
            .collect(Collectors.joining("  "))
            .stripTrailing();
  }

  private void foresight(LabComparison.Result result) {
    if (result.isAsForeseen()) {
      paragraph(wording.say("as-foreseen"));
      return;
    }
    for (Row row : result.rows()) {
      if (!row.isAsForeseen()) {
        String heading = wording.say("not-as-foreseen", row.layout(), who(row.question()));
        out.println(painted("31", heading));
        new PredictedAndSeenText(out, wording.language()).print(row.compared());
      }
    }
  }

  private void paragraph(String text) {
    Wrapped.print(out, text, "", WIDTH);
  }

  private String painted(String code, String text) {
    return coloured ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
