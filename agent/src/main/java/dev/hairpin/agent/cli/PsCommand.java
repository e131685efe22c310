package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hairpin ps}. */
@Command(name = "ps", description = "List the published ports.")
final class PsCommand extends AgentQuestion {
  @Option(
      names = "--traffic",
      description = "Show what the userland proxy has carried, not what the kernel has.")
  private boolean traffic;

  @Override
  Request request() {
    return new Request.ListPorts();
  }

  @Override
  void print(Response answer, PrintWriter out) {
    if (!(answer instanceof Response.Ports ports)) {
      throw unexpected(answer);
    }
    if (traffic && !json()) {
      PortTable.printTraffic(ports, out);
    } else {
      PortTable.print(ports, json(), out);
    }
  }
}
