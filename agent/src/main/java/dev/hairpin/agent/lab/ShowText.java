package dev.hairpin.agent.lab;

import dev.hairpin.agent.lab.Show.ShownRule;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A show as text for a terminal of 80 to 100 columns. */
final class ShowText {
  private static final int WIDTH = 98;
  private static final String INDENT = " ".repeat(11);

  /** Between the parts of a rule: an option stays with its value, and with its {@code !}. */
  private static final Pattern BETWEEN_OPTIONS = Pattern.compile("(?<!!) (?=-|!)");

  private static final Pattern BETWEEN_WORDS = Pattern.compile(" ");

  private final Show show;
  private final Colours colours;
  private final StringBuilder text = new StringBuilder();

  private ShowText(Show show, Colours colours) {
    this.show = show;
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

  static String of(Show show, Colours colours) {
    return new ShowText(show, colours).render();
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
            + " ── ns1 "
            + LabNetwork.NS1_ADDRESS
            + ", web server on port "
            + LabNetwork.PORT);
    line("");
  }

  private void requests() {
    String row = "%s  %-21s  %-14s  %s  %-10s  %s";
    line(
        colours.heading(
            row.formatted(
                " ",
                "WHO ASKED",
                "WHAT ADDRESS",
                "%-18s".formatted("WHAT CAME BACK"),
                "SEEN FROM",
                "CARRIED BY")));
    for (Visit visit : show.visits()) {
      String came =
          switch (visit.answer()) {
            case Visit.Answer.Arrived(String greeting, String source) ->
                colours.good("%-18s".formatted(greeting));
            case Visit.Answer.Missed(String why) -> colours.bad("%-18s".formatted(why));
          };
      String source =
          switch (visit.answer()) {
            case Visit.Answer.Arrived(String greeting, String from) -> from;
            case Visit.Answer.Missed missed -> "-";
          };
      line(
          row.formatted(
              visit.approach().letter(),
              visit.approach().who(),
              IpAddress.parse(visit.approach().address()).withPort(LabNetwork.PORT),
              came,
              source,
              visit.carrier()));
    }
    line("");
  }

  private void rules() {
    line(
        colours.heading(show.published() ? "The rules in force" : "The rules that matched")
            + ", and by whose packets: counted while each of a to e asked.");
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
      reason = "not the agent's to change";
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
    line(colours.heading("The way of each request") + ", by the numbers of the rules it met.");
    line("");
    for (Visit visit : show.visits()) {
      String numbers =
          show.way(visit).stream()
              .map(shown -> Integer.toString(shown.number()))
              .collect(Collectors.joining(" → "));
      line(
          "%s  %-21s  %s"
              .formatted(
                  visit.approach().letter(),
                  visit.approach().who(),
                  numbers.isEmpty() ? ending(visit) : numbers + " → " + ending(visit)));
    }
    line("");
  }

  private static String ending(Visit visit) {
    return switch (visit.carrier()) {
      case KERNEL -> "ns1";
      case PROXY -> "the proxy's socket on the host → ns1";
      case NOBODY -> "nobody";
    };
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
