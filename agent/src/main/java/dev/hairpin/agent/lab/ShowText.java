package dev.hairpin.agent.lab;

import dev.hairpin.agent.lab.Show.ShownRule;
import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A show as text for a terminal of 80 to 100 columns. */
final class ShowText {
  private static final int WIDTH = 98;
  private static final String INDENT = " ".repeat(11);

  /** Columns of the table: what fits in them mostly. */
  private static final int ADDRESS = 14;

  private static final int ANSWER = 18;
  private static final int SOURCE = 10;

  /** Between the parts of a rule: an option stays with its value, and with its {@code !}. */
  private static final Pattern BETWEEN_OPTIONS = Pattern.compile("(?<!!) (?=-|!)");

  private static final Pattern BETWEEN_WORDS = Pattern.compile(" ");

  private final Show show;
  private final Wording wording;
  private final Colours colours;
  private final StringBuilder text = new StringBuilder();

  private ShowText(Show show, Wording wording, Colours colours) {
    this.show = show;
    this.wording = wording;
    this.colours = colours;
  }

  /** Whether the text is coloured, and how. */
  enum Colours {
    NONE,
    ANSI;

    private String paint(String code, String text) {
      return switch (this) {
        case NONE -> text;
        case ANSI -> "\u001b[" + code + "m" + text + "\u001b[0m";
      };
    }

    String heading(String text) {
      return paint("1", text);
    }

    String good(String text) {
      return paint("32", text);
    }

    String bad(String text) {
      return paint("31", text);
    }

    String quiet(String text) {
      return paint("2", text);
    }
  }

  static String of(Show show, Language language, Colours colours) {
    return new ShowText(show, Wording.of("lab", language), colours).render();
  }

  private String render() {
    picture();
    requests();
    if (!show.rules().isEmpty()) {
      rules();
      ways();
    }
    return text.toString();
  }

  private void picture() {
    line("  outside " + LabNetwork.OUTSIDE_ADDRESS);
    line("     │");
    line("   eth0 " + LabNetwork.HOST_ADDRESS);
    line(
        "  host ── "
            + LabNetwork.BRIDGE
            + " "
            + LabNetwork.BRIDGE_ADDRESS
            + " ── "
            + wording.say("server", "ns1 " + LabNetwork.NS1_ADDRESS, LabNetwork.PORT));
    line("");
  }

  private void requests() {
    line(
        colours.heading(
            row(
                " ",
                wording.say("column.who"),
                wording.say("column.address"),
                Columns.padded(wording.say("column.answer"), ANSWER),
                wording.say("column.seen"),
                wording.say("column.carrier"))));
    for (Visit visit : show.visits()) {
      line(
          row(
              Character.toString(visit.approach().letter()),
              who(visit),
              IpAddress.parse(visit.approach().address()).withPort(LabNetwork.PORT),
              answer(visit.answer()),
              source(visit.answer()),
              wording.say("carrier." + visit.carrier())));
    }
    line("");
  }

  /**
   * A line of the table.
   *
   * @param answer as wide as its column
   */
  private String row(
      String letter, String who, String address, String answer, String source, String carrier) {
    return String.join(
        "  ",
        letter,
        Columns.padded(who, whoColumns()),
        Columns.padded(address, ADDRESS),
        answer,
        Columns.padded(source, SOURCE),
        carrier);
  }

  private String who(Visit visit) {
    return wording.say("who." + visit.approach());
  }

  /** As for the longest, so that tables of the same language look alike. */
  private int whoColumns() {
    return Stream.of(Approach.values())
        .mapToInt(approach -> Columns.of(wording.say("who." + approach)))
        .max()
        .orElse(0);
  }

  private String answer(Visit.Answer answer) {
    return switch (answer) {
      case Visit.Answer.Arrived(String greeting, String source) ->
          colours.good(Columns.padded(greeting, ANSWER));
      case Visit.Answer.Refused() -> missed(wording.say("answer.refused"));
      case Visit.Answer.Silence(Duration waited) ->
          missed(wording.say("answer.silence", waited.toSeconds()));
      case Visit.Answer.Failed(String why) -> missed(why);
    };
  }

  private String missed(String why) {
    return colours.bad(Columns.padded(why, ANSWER));
  }

  private static String source(Visit.Answer answer) {
    return switch (answer) {
      case Visit.Answer.Arrived(String greeting, String source) -> source;
      case Visit.Answer.Refused refused -> "-";
      case Visit.Answer.Silence silence -> "-";
      case Visit.Answer.Failed failed -> "-";
    };
  }

  private void rules() {
    String heading = wording.say(show.published() ? "rules.in-force" : "rules.matched");
    line(wording.say("rules", colours.heading(heading)));
    String place = "";
    for (ShownRule shown : show.rules()) {
      String here = tool(shown.rule().family()) + " -t " + shown.rule().table();
      if (!here.equals(place)) {
        line("");
        line(colours.heading(here));
        place = here;
      }
      rule(shown);
    }
    line("");
  }

  private void rule(ShownRule shown) {
    List<String> lines = wrapped(shown.rule().rule(), BETWEEN_OPTIONS);
    line("%3d %s  %s".formatted(shown.number(), users(shown), lines.getFirst()));
    lines.stream().skip(1).forEach(more -> line(INDENT + "  " + more));
    String reason = shown.reason();
    if (reason.isEmpty() && show.published()) {
      reason = wording.say("rules.foreign");
    }
    if (!reason.isEmpty()) {
      wrapped(reason, BETWEEN_WORDS).forEach(more -> line(INDENT + colours.quiet(more)));
    }
  }

  /** {@code a...e}: a letter for each approach that used the rule. */
  private static String users(ShownRule shown) {
    return Arrays.stream(Approach.values())
        .map(approach -> shown.usedBy().contains(approach) ? "" + approach.letter() : "·")
        .collect(Collectors.joining());
  }

  private void ways() {
    line(wording.say("ways", colours.heading(wording.say("ways.heading"))));
    line("");
    for (Visit visit : show.visits()) {
      String numbers =
          show.way(visit).stream()
              .map(shown -> Integer.toString(shown.number()))
              .collect(Collectors.joining(" → "));
      String ending = wording.say("end." + visit.carrier());
      line(
          String.join(
              "  ",
              Character.toString(visit.approach().letter()),
              Columns.padded(who(visit), whoColumns()),
              numbers.isEmpty() ? ending : numbers + " → " + ending));
    }
    line("");
  }

  private static String tool(Family family) {
    return switch (family) {
      case IPV4 -> "iptables";
      case IPV6 -> "ip6tables";
    };
  }

  private static List<String> wrapped(String sentence, Pattern gap) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String part : gap.split(sentence, -1)) {
      if (!line.isEmpty() && INDENT.length() + line.length() + 3 + part.length() > WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(part);
    }
    lines.add(line.toString());
    return lines;
  }

  private void line(String line) {
    text.append(line.stripTrailing()).append('\n');
  }
}
