package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.Response;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/** What was done, one line each, for people or as JSON. */
final class DoneLines {
  private DoneLines() {}

  static void print(Response answer, boolean json, PrintWriter out) {
    if (!(answer instanceof Response.Done(List<String> lines))) {
      throw AgentQuestion.unexpected(answer);
    }
    if (json) {
      JsonOutput.print(out, Map.of("done", lines));
    } else {
      lines.forEach(line -> out.println(Printable.line(line)));
    }
  }
}
