package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.lab.LabNetwork;
import dev.hairpin.agent.lab.Reply;
import dev.hairpin.agent.lab.Show;
import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.agent.whatif.Change;
import dev.hairpin.agent.whatif.Command;
import dev.hairpin.agent.whatif.Finding;
import dev.hairpin.agent.whatif.Finding.Difference;
import dev.hairpin.agent.whatif.Sight;
import dev.hairpin.agent.whatif.Step;
import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What came of a change, in words. */
final class WhatIfText {
  private static final int WIDTH = 80;
  private static final String INDENT = "   ";

  /** An option stays with its value, and with its {@code !}. */
  private static final Pattern BETWEEN_OPTIONS = Pattern.compile("(?<!!) (?=-|!)");

  private final PrintWriter out;
  private final Wording wording;
  private final boolean coloured;

  WhatIfText(PrintWriter out, Wording wording, boolean coloured) {
    this.out = requireNonNull(out, "out");
    this.wording = requireNonNull(wording, "wording");
    this.coloured = coloured;
  }

  void print(WhatIf.Result result) {
    String options =
        result.steps().keySet().stream().map(Change::option).collect(Collectors.joining(" "));
    out.println(painted("1", wording.say("title", options)));
    out.println();
    paragraph(
        wording.say(
            switch (result.arrangement()) {
              case NO_PROXY -> "arrangement.no-proxy";
              case PROXY, EITHER -> "arrangement.proxy";
            }));
    out.println();
    commands(wording.say("changed"), result.allSteps().stream().map(Step::doing).toList());
    commands(
        wording.say("undone"), result.allSteps().reversed().stream().map(Step::undoing).toList());
    findings(result.findings());
    result.steps().keySet().forEach(change -> why(change, result.numbered()));
    foresight(result.findings());
    out.flush();
  }

  private void commands(String heading, List<Command> commands) {
    out.println(painted("1", heading));
    for (Command command : commands) {
      command(command);
    }
    out.println();
  }

  /** For a shell: broken where an option begins. */
  private void command(Command command) {
    String inHost =
        command.argv().getFirst().equals("kill")
            ? command.text()
            : "ip netns exec " + LabNetwork.HOST + " " + command.text();
    StringBuilder line = new StringBuilder("  ");
    for (String part : BETWEEN_OPTIONS.split(Printable.line(inHost), -1)) {
      if (line.length() + 1 + part.length() > WIDTH - 2 && !line.toString().isBlank()) {
        out.println(line + " \\");
        line.setLength(0);
        line.append("     ");
      }
      line.append(line.toString().isBlank() ? "" : " ").append(part);
    }
    out.println(line);
  }

  private void findings(List<Finding> findings) {
    List<Finding> same =
        findings.stream().filter(finding -> finding.difference() == Difference.NONE).toList();
    findings.stream()
        .filter(finding -> finding.difference() != Difference.NONE)
        .forEach(this::finding);
    if (same.size() == findings.size()) {
      paragraph(wording.say("nothing"));
    } else {
      out.println(wording.say("same"));
    }
    for (Finding finding : same) {
      wrapped(wording.say("unchanged", who(finding), reply(finding.after().reply())), INDENT);
    }
    out.println();
  }

  private void finding(Finding finding) {
    out.println(painted("1", who(finding)));
    sight(wording.say("before"), finding.before());
    sight(wording.say("after"), finding.after());
    wrapped("=> " + difference(finding), INDENT);
    out.println();
  }

  private String who(Finding finding) {
    return finding.question().letter()
        + "  "
        + wording.say("who." + finding.question())
        + " → "
        + finding.question().address().withPort(LabNetwork.PORT);
  }

  private void sight(String when, Sight sight) {
    int width =
        Stream.of("before", "after", "walk")
            .mapToInt(key -> Columns.of(wording.say(key)))
            .max()
            .orElse(0);
    String text = reply(sight.reply());
    labelled(when, width, sight.reply() instanceof Reply.Answered ? good(text) : bad(text), text);
    String walked = walked(sight);
    labelled(wording.say("walk"), width, walked, walked);
  }

  /** Colours take no columns, and only what is short has one. */
  private void labelled(String label, int width, String painted, String plain) {
    String head = INDENT + label + " ".repeat(width - Columns.of(label)) + "  ";
    List<String> lines = Wrapped.lines(plain, WIDTH - Columns.of(head));
    out.println(head + (lines.size() == 1 ? painted : lines.getFirst()));
    String indent = " ".repeat(Columns.of(head));
    lines.stream().skip(1).forEach(line -> out.println(indent + line));
  }

  private String reply(Reply reply) {
    return switch (reply) {
      case Reply.Answered(String source) -> wording.say("answered", source);
      case Reply.Refused() -> wording.say("refused");
      case Reply.Silence() -> wording.say("silence");
    };
  }

  /** Where it gets to, and that nobody answers it from there. */
  private String walked(Sight sight) {
    boolean isUnanswered = sight.foreseen().filter(Reply.Silence.class::isInstance).isPresent();
    return switch (sight.prediction().there().verdict()) {
      case Verdict.Forwarded forwarded when isUnanswered ->
          wording.say("verdict.unanswered", verdict(sight));
      case Verdict.Delivered delivered when isUnanswered ->
          wording.say("verdict.unanswered", verdict(sight));
      case Verdict other -> verdict(sight);
    };
  }

  private String verdict(Sight sight) {
    Prediction prediction = sight.prediction();
    return switch (prediction.there().verdict()) {
      case Verdict.Delivered delivered ->
          prediction
              .proxied()
              .map(binding ->
                  wording.say(
                      "verdict.proxied",
                      binding.containerAddress().withPort(binding.containerPort())))
              .orElseGet(() -> wording.say("verdict.delivered"));
      case Verdict.Forwarded(IpAddress address, int port, String by) ->
          wording.say("verdict.forwarded", by, address.withPort(port), prediction.there().source());
      case Verdict.Dropped(Place at, Optional<Rule> rule) ->
          rule.map(dropping -> wording.say("verdict.dropped", at, HopTable.text(at, dropping)))
              .orElseGet(() -> wording.say("verdict.policy", at));
      case Verdict.Rejected(Place at, Rule rule) ->
          wording.say("verdict.rejected", at, HopTable.text(at, rule));
      case Verdict.Unroutable(IpAddress address) -> wording.say("verdict.unroutable", address);
      case Verdict.Unknown(Place at, Rule rule) ->
          wording.say("verdict.unknown", at, HopTable.text(at, rule));
    };
  }

  private String difference(Finding finding) {
    String key = "difference." + finding.difference();
    return switch (finding.difference()) {
      case SOURCE ->
          wording.say(key, source(finding.before().reply()), source(finding.after().reply()));
      case CARRIER -> wording.say(key, carrier(finding.before()), carrier(finding.after()));
      case NONE, LOST, GAINED, FAILURE -> wording.say(key);
    };
  }

  private static String source(Reply reply) {
    return switch (reply) {
      case Reply.Answered(String source) -> source;
      case Reply.Refused refused -> "-";
      case Reply.Silence silence -> "-";
    };
  }

  private String carrier(Sight sight) {
    return wording.say(sight.isProxied() ? "carrier.proxy" : "carrier.kernel");
  }

  private void why(Change change, Map<Change, Show.NumberedRule> numbered) {
    String reason =
        change instanceof Change.WithoutNumber(int number)
            ? why(number, numbered.get(change))
            : wording.say("why." + change.key());
    paragraph(wording.say("why", reason));
    out.println();
  }

  private String why(int number, Show.NumberedRule rule) {
    return rule.reason().isEmpty()
        ? wording.say("why.rule.unknown", number)
        : wording.say("why.rule", number, rule.reason());
  }

  private void foresight(List<Finding> findings) {
    if (findings.stream().allMatch(Finding::isAsForeseen)) {
      paragraph(wording.say("as-foreseen", 2 * findings.size()));
      return;
    }
    for (Finding finding : findings) {
      foresight(finding, wording.say("before"), finding.before());
      foresight(finding, wording.say("after"), finding.after());
    }
  }

  private void foresight(Finding finding, String when, Sight sight) {
    if (!sight.isAsForeseen()) {
      Wrapped.lines(
              wording.say(
                  "not-as-foreseen",
                  who(finding),
                  when,
                  sight.foreseen().map(this::reply).orElseGet(() -> wording.say("unknown")),
                  reply(sight.reply())),
              WIDTH)
          .forEach(line -> out.println(bad(line)));
    }
  }

  private void paragraph(String text) {
    wrapped(text, "");
  }

  private void wrapped(String text, String indent) {
    Wrapped.print(out, text, indent, WIDTH);
  }

  private String good(String text) {
    return painted("32", text);
  }

  private String bad(String text) {
    return painted("31", text);
  }

  private String painted(String code, String text) {
    return coloured ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
