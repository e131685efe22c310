package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.PortLine;
import dev.hairpin.agent.control.PortRun;
import dev.hairpin.agent.control.Response;
import dev.hairpin.proxy.Traffic;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Published ports, for people, who get a range in one row, or as JSON. */
final class PortTable {
  private static final String UNITS = "KMGTPE";

  private PortTable() {}

  static void print(Response.Ports ports, boolean json, PrintWriter out) {
    if (json) {
      JsonOutput.print(out, Map.of("ports", lines(ports), "problems", ports.problems()));
      return;
    }
    TextTable table = new TextTable("HOST PORT", "BACKEND", "WHOSE", "SPEC", "STATE");
    for (PortRow port : PortRow.of(ports.ports())) {
      table.row(port.hostPort(), port.backend(), port.publisher(), port.spec(), port.state());
    }
    table.print(out);
    printProblems(ports, out);
  }

  private static List<PortLine> lines(Response.Ports ports) {
    return ports.ports().stream().flatMap(PortRun::lines).toList();
  }

  /** The proxy's share. Connections that the kernel carries by DNAT never come to it. */
  static void printTraffic(Response.Ports ports, PrintWriter out) {
    TextTable table =
        new TextTable("HOST PORT", "WHOSE", "CONNECTIONS", "OPEN", "REFUSED", "IN", "OUT");
    for (PortRow port : PortRow.of(ports.ports())) {
      Traffic proxied = port.proxied();
      table.row(
          port.hostPort(),
          port.publisher(),
          Long.toString(proxied.accepted()),
          Long.toString(proxied.open()),
          Long.toString(proxied.refused()),
          bytes(proxied.bytesUp()),
          bytes(proxied.bytesDown()));
    }
    table.print(out);
    printProblems(ports, out);
  }

  /** {@code 17 B}, {@code 1.5 KiB}, {@code 2.0 GiB}. */
  static String bytes(long count) {
    if (count < 1024) {
      return count + " B";
    }
    double scaled = count;
    int unit = -1;
    while (scaled >= 1024 && unit < UNITS.length() - 1) {
      scaled /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %ciB", scaled, UNITS.charAt(unit));
  }

  private static void printProblems(Response.Ports ports, PrintWriter out) {
    for (String problem : ports.problems()) {
      out.println("problem: " + Printable.line(problem));
    }
  }
}
