package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;

/** Says of packets that were followed whether they went as predicted, and what differs. */
final class PredictedAndSeenText {
  private static final String INDENT = "  ";
  private static final String GAP = "  ";

  private final PrintWriter out;
  private final Wording wording;

  PredictedAndSeenText(PrintWriter out, Language language) {
    this.out = requireNonNull(out, "out");
    this.wording = Wording.of("trace", language);
  }

  void print(List<PredictedAndSeen> compared) {
    compared.forEach(this::print);
    out.flush();
  }

  private void print(PredictedAndSeen each) {
    String packet = each.packet().kind() + "  " + HopTable.arrow(each.packet().packet());
    out.println();
    out.println(wording.say(each.isSame() ? "compared.same" : "compared.different", packet));
    print("compared.predicted", each.difference().onlyPredicted());
    print("compared.seen", each.difference().onlySeen());
  }

  private void print(String key, List<String> lines) {
    int width =
        Stream.of("compared.predicted", "compared.seen")
            .mapToInt(label -> Columns.of(wording.say(label)))
            .max()
            .orElse(0);
    String label = INDENT + Columns.padded(wording.say(key), width) + GAP;
    lines.forEach(line -> out.println(label + Printable.line(line)));
  }
}
