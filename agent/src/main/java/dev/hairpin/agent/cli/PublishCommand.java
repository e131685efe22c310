package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hairpin publish}. */
@Command(
    name = "publish",
    description = {
      "Publish a port of a container or a network namespace until it is unpublished.",
      "A container may be running: its other ports and connections are left alone. While it is"
          + " stopped its port waits, and one that is made anew under its name has it, too."
    })
final class PublishCommand extends AgentQuestion {
  /** What names a container or a namespace. */
  static final String WHOSE =
      "A container's name or the beginning of its id, or a namespace as \"ip netns\" lists it;"
          + " container:NAME or namespace:NAME where both have that name.";

  @Parameters(index = "0", paramLabel = "NAME", description = WHOSE)
  private String whose;

  @Parameters(
      index = "1",
      paramLabel = "[ADDRESS:][PORT:]PORT[/PROTOCOL]",
      description = "As docker run -p takes it: 8080:80, 127.0.0.1:8080:80, [::1]:53:53/udp.")
  private String port;

  @Option(
      names = "--proxy-protocol",
      paramLabel = "v1|v2",
      defaultValue = "",
      description = {
        "Begin each connection with the PROXY protocol, so that the backend knows who it is from.",
        "All of them then go through the userland proxy; TCP only."
      })
  private String proxyProtocol;

  @Override
  Request request() {
    return new Request.Publish(whose, port, proxyProtocol);
  }

  @Override
  void print(Response answer, PrintWriter out) {
    if (!(answer instanceof Response.Ports ports)) {
      throw unexpected(answer);
    }
    PortTable.print(ports, json(), out);
  }
}
