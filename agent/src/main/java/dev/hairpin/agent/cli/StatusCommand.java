package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code hairpin status}. */
@Command(name = "status", description = "Say whether an agent runs, and what troubles it.")
final class StatusCommand extends AgentQuestion {
  @Override
  Request request() {
    return new Request.GetStatus();
  }

  @Override
  void print(Response answer, PrintWriter out) {
    if (!(answer
        instanceof
        Response.Status(
            long pid,
            String version,
            long passes,
            String rules,
            List<String> notes,
            List<String> problems))) {
      throw unexpected(answer);
    }
    if (json()) {
      Map<String, Object> status = new LinkedHashMap<>();
      status.put("pid", pid);
      status.put("version", version);
      status.put("passes", passes);
      status.put("rules", rules);
      status.put("notes", notes);
      status.put("problems", problems);
      JsonOutput.print(out, status);
      return;
    }
    out.printf(
        "agent %s, pid %d, %d passes, %s%n",
        Printable.line(version), pid, passes, Printable.line(rules));
    notes.forEach(note -> out.println(Printable.line(note)));
    problems.forEach(problem -> out.println("problem: " + Printable.line(problem)));
  }
}
