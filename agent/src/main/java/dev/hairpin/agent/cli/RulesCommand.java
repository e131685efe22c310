package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import dev.hairpin.agent.control.RuleLine;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hairpin rules}. */
@Command(
    name = "rules",
    description = "Print the rules that are in force for us now, as iptables-save and nft do.")
final class RulesCommand extends AgentQuestion {
  @Option(
      names = "--explain",
      description = "Under each rule, what it is for, and whose port it serves.")
  private boolean explain;

  @Option(
      names = "--layout",
      paramLabel = "NAME",
      converter = AgentCommand.LayoutConverter.class,
      description =
          "With --explain, what this layout would write for what is published here, chain by chain;"
              + " where nothing is, or nothing can be known without root, for an example.")
  private LayoutName layout;

  @Override
  Request request() {
    return new Request.ListRules();
  }

  /** Also answers when no agent runs: the kernel keeps the rules, the record knows them. */
  @Override
  public Integer call() throws ConfigurationException, IOException {
    if (layout != null) {
      return explainLayout();
    }
    Optional<Response> answer = directories().client().askIfRunning(request());
    return show(answer.isPresent() ? answer.get() : LeftBehind.open(directories()).rules());
  }

  private int explainLayout() throws ConfigurationException, IOException {
    if (!explain) {
      throw new ConfigurationException(
          "--layout needs --explain; hairpin plan --layout "
              + layout
              + " prints the rules for networks and containers of your choice");
    }
    boolean canKnow = ThisHost.isRoot();
    Optional<DesiredState> served =
        canKnow ? LeftBehind.open(directories()).served() : Optional.empty();
    LayoutExplanation explanation = LayoutExplanation.of(layout, served);
    ExplanationText text = new ExplanationText(spec().commandLine().getOut());
    if (json()) {
      text.printJson(explanation);
    } else {
      text.print(
          explanation,
          canKnow
              ? "nothing is published here"
              : "what is published here can only be known as root");
    }
    return 0;
  }

  @Override
  void print(Response answer, PrintWriter out) {
    if (!(answer instanceof Response.Rules(List<RuleLine> rules, List<String> notes))) {
      throw unexpected(answer);
    }
    if (json()) {
      JsonOutput.print(out, Map.of("rules", rules));
    } else {
      new RuleListing(out, explain).print(rules);
      if (explain) {
        notes.forEach(note -> out.println("# " + Printable.line(note)));
      }
    }
  }
}
