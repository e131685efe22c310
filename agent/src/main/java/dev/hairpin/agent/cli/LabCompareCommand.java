package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.lab.Lab;
import dev.hairpin.agent.lab.Reply;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.trace.RulesAsked;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hairpin lab compare}. */
@Command(
    name = "compare",
    description = {
      "Publish the lab's port in each layout, and compare what a new connection costs the kernel: rules"
          + " asked and chains passed, and whom the server sees.",
      "",
      "The lab that is up is used, and left as it was; where none is up, one is made and taken away."
          + " When a packet goes otherwise than hairpin walk predicts, the exit code is 1."
    })
final class LabCompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private LanguageOption language;

  @Parameters(
      paramLabel = "LAYOUT",
      arity = "0..*",
      description =
          "Only these, of docker20, docker28, docker29, docker29-nft and hairpin; all of them if none"
              + " is named.",
      converter = AgentCommand.LayoutConverter.class)
  private List<LayoutName> layouts = List.of();

  @Option(
      names = "--userland-proxy",
      paramLabel = "true|false",
      arity = "1",
      defaultValue = "true",
      description = "Whether the proxy carries what the kernel can't (${DEFAULT-VALUE}).")
  private boolean proxy;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfigurationException, IOException {
    Language speaking = language.language();
    List<LayoutName> compared =
        layouts.isEmpty() ? List.of(LayoutName.values()) : layouts.stream().distinct().toList();
    Lab lab = new Lab(LabCommand.home(), line -> Hairpin.say(spec.commandLine().getErr(), line));
    try {
      LabComparison.Result result =
          lab.experiment(experiment -> LabComparison.of(experiment, compared, proxy));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        JsonOutput.print(out, json(result));
      } else {
        Wording wording = Wording.of("compare", speaking);
        new LabComparisonText(out, wording, Help.Ansi.AUTO.enabled()).print(result);
      }
      out.flush();
      return result.isAsForeseen() ? 0 : Hairpin.EXIT_FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("lab compare: interrupted", e);
    }
  }

  private static Map<String, Object> json(LabComparison.Result result) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("userlandProxy", result.proxy());
    json.put("connections", result.rows().stream().map(LabCompareCommand::json).toList());
    json.put("forwardingLeftToOthers", result.left().stream().map(Object::toString).toList());
    json.put("asPredicted", result.isAsForeseen());
    return json;
  }

  private static Map<String, Object> json(LabComparison.Row row) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("layout", row.layout().toString());
    json.put("id", String.valueOf(row.question().letter()));
    json.put("namespace", row.question().namespace());
    json.put("address", row.question().address().toString());
    json.put("firstPacket", json(row.there()));
    json.put("firstAnswer", json(row.back()));
    json.put("carrier", row.isProxied() ? "proxy" : "kernel");
    if (row.reply() instanceof Reply.Answered(String source)) {
      json.put("source", source);
    }
    json.put("asPredicted", row.isAsForeseen());
    return json;
  }

  private static Map<String, Object> json(RulesAsked asked) {
    return Map.of("rules", asked.rules(), "chains", asked.chains());
  }
}
