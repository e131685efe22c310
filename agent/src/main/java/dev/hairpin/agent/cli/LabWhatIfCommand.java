package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.lab.Lab;
import dev.hairpin.agent.lab.Reply;
import dev.hairpin.agent.whatif.Change;
import dev.hairpin.agent.whatif.Command;
import dev.hairpin.agent.whatif.Finding;
import dev.hairpin.agent.whatif.Sight;
import dev.hairpin.agent.whatif.Step;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hairpin lab what-if}. */
@picocli.CommandLine.Command(
    name = "what-if",
    description = {
      "Ask for the lab's port, take something away, ask again, and say what differs and why.",
      "",
      "Each question is predicted, as hairpin walk does, and sent. The lab that is up is used, and left"
          + " as it was; where none is up, one is made and taken away. When a prediction and what was"
          + " sent disagree, the exit code is 1."
    })
final class LabWhatIfCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private LanguageOption language;

  @Option(
      names = "--without",
      paramLabel = "WHAT",
      description =
          "Take away route_localnet, ip_forward, prerouting-jump, output-jump, masquerade, hairpin,"
              + " proxy, or the rule that \"hairpin lab\" shows with that number; may be given"
              + " several times.")
  private List<String> without = List.of();

  @Option(
      names = "--with",
      paramLabel = "WHAT",
      description =
          "Put there forward-drop (a DROP in front of FORWARD), ufw (its default deny, in iptables'"
              + " words) or rp_filter (strict); may be given several times.")
  private List<String> with = List.of();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfigurationException, IOException {
    Language speaking = language.language();
    List<Change> changes = changes();
    // What can't be tried at all is said before a lab is made.
    WhatIf.arrangement(changes);
    Lab lab = new Lab(LabCommand.home(), line -> Hairpin.say(spec.commandLine().getErr(), line));
    try {
      WhatIf.Result result = lab.experiment(experiment -> WhatIf.of(experiment, changes));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        JsonOutput.print(out, json(result));
      } else {
        Wording wording = Wording.of("what-if", speaking);
        new WhatIfText(out, wording, Help.Ansi.AUTO.enabled()).print(result);
      }
      out.flush();
      return result.isAsForeseen() ? 0 : Hairpin.EXIT_FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("lab what-if: interrupted", e);
    }
  }

  private List<Change> changes() throws ConfigurationException {
    List<Change> changes = new ArrayList<>();
    try {
      Stream.concat(without.stream().map(Change::without), with.stream().map(Change::with))
          .distinct()
          .forEach(changes::add);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("lab what-if: " + e.getMessage(), e);
    }
    if (changes.isEmpty()) {
      throw new ConfigurationException(
          "lab what-if: say what to change, such as --without proxy or --with forward-drop");
    }
    return changes;
  }

  private static Map<String, Object> json(WhatIf.Result result) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("changes", result.steps().keySet().stream().map(Change::option).toList());
    json.put("userlandProxy", result.arrangement() != Change.Arrangement.NO_PROXY);
    json.put("commands", result.allSteps().stream().map(Step::doing).map(Command::text).toList());
    json.put(
        "undo",
        result.allSteps().reversed().stream().map(Step::undoing).map(Command::text).toList());
    json.put("requests", result.findings().stream().map(LabWhatIfCommand::json).toList());
    json.put("asPredicted", result.isAsForeseen());
    return json;
  }

  private static Map<String, Object> json(Finding finding) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", String.valueOf(finding.question().letter()));
    json.put("namespace", finding.question().namespace());
    json.put("address", finding.question().address().toString());
    json.put("difference", finding.difference().name().toLowerCase(Locale.ROOT));
    json.put("before", json(finding.before()));
    json.put("after", json(finding.after()));
    return json;
  }

  private static Map<String, Object> json(Sight sight) {
    Map<String, Object> json = new LinkedHashMap<>(json(sight.reply()));
    json.put("predicted", sight.foreseen().map(LabWhatIfCommand::json).orElse(Map.of()));
    json.put("walk", PredictionJson.of(sight.prediction()));
    return json;
  }

  private static Map<String, Object> json(Reply reply) {
    return switch (reply) {
      case Reply.Answered(String source) -> Map.of("answer", "answered", "source", source);
      case Reply.Refused() -> Map.of("answer", "refused");
      case Reply.Silence() -> Map.of("answer", "none");
    };
  }
}
