package dev.hairpin.rules.apply;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Tools that say what a test told them to, and keep what they were asked. */
final class ScriptedCommands implements CommandRunner {
  record Call(List<String> argv, String input) {}

  private final Deque<Finished> answers = new ArrayDeque<>();
  private final List<Call> calls = new ArrayList<>();

  ScriptedCommands answer(int exitStatus, String output, String errors) {
    answers.add(new Finished(exitStatus, output, errors));
    return this;
  }

  List<Call> calls() {
    return calls;
  }

  @Override
  public Finished run(List<String> argv, String input, Duration deadline) throws CommandException {
    calls.add(new Call(argv, input));
    if (answers.isEmpty()) {
      throw CommandException.notInstalled(
          "run " + argv.getFirst() + ": not found on PATH; install it");
    }
    return answers.remove();
  }
}
