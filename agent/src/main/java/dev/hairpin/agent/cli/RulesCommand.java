package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import dev.hairpin.agent.control.RuleLine;
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

  @Override
  Request request() {
    return new Request.ListRules();
  }

  /** Also answers when no agent runs: the kernel keeps the rules, the record knows them. */
  @Override
  public Integer call() throws ConfigurationException, IOException {
    Optional<Response> answer = directories().client().askIfRunning(request());
    return show(answer.isPresent() ? answer.get() : LeftBehind.open(directories()).rules());
  }

  @Override
  void print(Response answer, PrintWriter out) {
    if (!(answer instanceof Response.Rules(List<RuleLine> rules))) {
      throw unexpected(answer);
    }
    if (json()) {
      JsonOutput.print(out, Map.of("rules", rules));
    } else {
      new RuleListing(out, explain).print(rules);
    }
  }
}
