package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code hairpin down}. */
@Command(
    name = "down",
    description = {
      "End the agent if one runs, and take away everything it wrote: rules, chains, settings.",
      "Publications are kept, and come back with the next agent."
    })
final class DownCommand extends AgentQuestion {
  @Override
  Request request() {
    return new Request.Stop(true);
  }

  @Override
  public Integer call() throws ConfigurationException, IOException {
    Optional<Response> answer = directories().client().askIfRunning(request());
    return show(answer.isPresent() ? answer.get() : LeftBehind.open(directories()).remove());
  }

  @Override
  void print(Response answer, PrintWriter out) {
    DoneLines.print(answer, json(), out);
  }
}
