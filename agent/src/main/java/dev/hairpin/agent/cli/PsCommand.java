package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import java.io.PrintWriter;
import picocli.CommandLine.Command;

/** {@code hairpin ps}. */
@Command(name = "ps", description = "List the published ports.")
final class PsCommand extends AgentQuestion {
  @Override
  Request request() {
    return new Request.ListPorts();
  }

  @Override
  void print(Response answer, PrintWriter out) {
    if (!(answer instanceof Response.Ports ports)) {
      throw unexpected(answer);
    }
    PortTable.print(ports, json(), out);
  }
}
