package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.PortLine;
import dev.hairpin.agent.control.Response;
import java.io.PrintWriter;
import java.util.Map;

/** Published ports, for people or as JSON. */
final class PortTable {
  private PortTable() {}

  static void print(Response.Ports ports, boolean json, PrintWriter out) {
    if (json) {
      JsonOutput.print(out, Map.of("ports", ports.ports(), "problems", ports.problems()));
      return;
    }
    TextTable table = new TextTable("HOST PORT", "BACKEND", "WHOSE", "SPEC", "STATE");
    for (PortLine port : ports.ports()) {
      table.row(port.hostPort(), port.backend(), port.publisher(), port.spec(), port.state());
    }
    table.print(out);
    for (String problem : ports.problems()) {
      out.println("problem: " + Printable.line(problem));
    }
  }
}
