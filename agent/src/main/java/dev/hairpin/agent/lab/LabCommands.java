package dev.hairpin.agent.lab;

import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import java.io.IOException;
import java.util.List;

/** Tools that have to succeed. */
final class LabCommands {
  private LabCommands() {}

  /**
   * What a tool printed.
   *
   * @throws IOException if it can't be run or fails, with its own words
   */
  static String run(CommandRunner commands, String input, List<String> argv) throws IOException {
    try {
      CommandRunner.Finished finished = commands.run(argv, input, CommandRunner.DEADLINE);
      if (!finished.isSuccess()) {
        throw new IOException(
            String.join(" ", argv)
                + " exited "
                + finished.exitStatus()
                + ": "
                + finished.firstError());
      }
      return finished.output();
    } catch (CommandException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
