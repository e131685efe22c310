package dev.hairpin.agent.tour;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.IOException;

/** Where commands are run. */
public interface Stage {
  /** Runs one to its end, whatever comes of it. */
  Finished run(Typed command) throws IOException;

  /** Starts one. */
  void start(String role, Typed command) throws IOException;

  /**
   * Waits until one that was started has ended.
   *
   * @return what it printed
   * @throws IOException if it doesn't end; it is still there
   */
  String await(String role) throws IOException, InterruptedException;

  /** Ends one that was started, if it has not. */
  void end(String role) throws IOException, InterruptedException;
}
