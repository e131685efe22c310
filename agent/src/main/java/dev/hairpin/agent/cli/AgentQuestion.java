package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that asks the running agent and prints its answer. */
abstract class AgentQuestion implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private AgentDirectories directories;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  /** What to ask. */
  abstract Request request();

  /** Prints the agent's answer. */
  abstract void print(Response answer, PrintWriter out);

  @Override
  public Integer call() throws ConfigurationException, IOException {
    return show(directories.client().ask(request()));
  }

  /** Prints an answer, and says what the command's exit code is. */
  final int show(Response answer) {
    if (answer instanceof Response.Refused(String text, boolean badInput)) {
      Hairpin.say(spec.commandLine().getErr(), text);
      return badInput ? Hairpin.EXIT_IMPOSSIBLE : Hairpin.EXIT_FAILED;
    }
    PrintWriter out = spec.commandLine().getOut();
    print(answer, out);
    out.flush();
    return 0;
  }

  final boolean json() {
    return json;
  }

  final AgentDirectories directories() {
    return directories;
  }

  final CommandSpec spec() {
    return spec;
  }

  /** The answer belongs to another question: the agent is of another version. */
  static IllegalStateException unexpected(Response answer) {
    return new IllegalStateException(
        "the agent answered with \""
            + answer.getClass().getSimpleName()
            + "\"; it is of another version, restart it");
  }
}
