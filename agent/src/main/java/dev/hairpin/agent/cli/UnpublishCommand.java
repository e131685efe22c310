package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hairpin unpublish}. */
@Command(
    name = "unpublish",
    description =
        "Take a port back that \"hairpin publish\" has published, and end its connections.")
final class UnpublishCommand extends AgentQuestion {
  @Parameters(index = "0", paramLabel = "NAME", description = PublishCommand.WHOSE)
  private String whose;

  @Parameters(
      index = "1",
      paramLabel = "[ADDRESS:][PORT:]PORT[/PROTOCOL]",
      description = "As it was published.")
  private String port;

  @Override
  Request request() {
    return new Request.Unpublish(whose, port);
  }

  @Override
  void print(Response answer, PrintWriter out) {
    DoneLines.print(answer, json(), out);
  }
}
