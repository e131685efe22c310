package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hairpin unpublish}. */
@Command(name = "unpublish", description = "Take a published port back.")
final class UnpublishCommand extends AgentQuestion {
  @Parameters(index = "0", paramLabel = "NAMESPACE", description = "As \"ip netns\" lists it.")
  private String namespace;

  @Parameters(
      index = "1",
      paramLabel = "[ADDRESS:][PORT:]PORT[/PROTOCOL]",
      description = "As it was published.")
  private String port;

  @Override
  Request request() {
    return new Request.Unpublish(namespace, port);
  }

  @Override
  void print(Response answer, PrintWriter out) {
    DoneLines.print(answer, json(), out);
  }
}
