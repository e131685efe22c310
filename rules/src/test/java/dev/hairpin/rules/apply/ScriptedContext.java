package dev.hairpin.rules.apply;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** nft in this process that says what a test told it to, and keeps what it was asked. */
final class ScriptedContext implements NftContext {
  private final Deque<Finished> answers = new ArrayDeque<>();
  private final List<String> scripts = new ArrayList<>();

  ScriptedContext answer(int exitStatus, String errors) {
    answers.add(new Finished(exitStatus, "", errors));
    return this;
  }

  /** What was carried out, and what was checked with {@code check:} in front. */
  List<String> scripts() {
    return scripts;
  }

  @Override
  public Finished run(String script) {
    scripts.add(script);
    return answers.remove();
  }

  @Override
  public Finished check(String script) {
    return run("check: " + script);
  }
}
