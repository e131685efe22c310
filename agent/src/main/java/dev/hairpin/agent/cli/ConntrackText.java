package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.cli.ConnectionLines.Line;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.apply.Connection;
import java.io.PrintWriter;
import java.util.Map;

/** Prints what the kernel remembers of a connection, and what follows from it. */
final class ConntrackText {
  private static final int WIDTH = 80;

  private final PrintWriter out;
  private final Wording wording;

  ConntrackText(PrintWriter out, Language language) {
    this.out = requireNonNull(out, "out");
    this.wording = Wording.of("walk", language);
  }

  /**
   * An entry that is expected.
   *
   * @param asked whom its packets are from, and for: {@code 192.0.2.2:40000 → 192.0.2.1:8080}
   * @param answered the same of its answers
   */
  void print(String asked, String answered, boolean isTranslated) {
    new ConnectionLines(out)
        .print(
            "conntrack",
            new Line(wording.say("conntrack.asked"), asked),
            new Line(wording.say("conntrack.answered"), answered));
    if (isTranslated) {
      Wrapped.print(out, wording.say("conntrack.translates"), "", WIDTH);
    }
  }

  /** An entry that there is. */
  void print(Connection connection) {
    print(
        text(connection.asked())
            + connection.state().map(state -> "  " + state).orElse("")
            + (connection.isAnswered() ? "" : "  " + wording.say("conntrack.unanswered")),
        text(connection.answered()),
        connection.isTranslated());
  }

  /** For programs. */
  static Map<String, Object> json(Connection connection) {
    return Map.of(
        "asked",
        text(connection.asked()),
        "answered",
        text(connection.answered()),
        "state",
        connection.state().orElse(""),
        "isAnswered",
        connection.isAnswered());
  }

  private static String text(Connection.Ends ends) {
    return text(ends.source(), ends.sourcePort())
        + " → "
        + text(ends.destination(), ends.destinationPort());
  }

  private static String text(IpAddress address, int port) {
    return port == 0 ? address.toString() : address.withPort(port);
  }
}
