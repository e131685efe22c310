package dev.hairpin.agent.tour;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.IOException;

/** Whom a tour is for. Steps are numbered from 1. */
public interface Audience {
  /** What somebody wants. */
  sealed interface Reply {
    /**
     * To go on.
     *
     * @param guess the number of a choice; 0 for none
     */
    record GoOn(int guess) implements Reply {}

    /** To go back to the step before. */
    record Back() implements Reply {}

    /** To leave. */
    record Quit() implements Reply {}
  }

  /** Is told what will be done, and asked what comes of it. */
  Reply expect(int number, Step step) throws IOException;

  /** Sees what is typed. */
  void type(Typed command, boolean goesOn);

  /** Sees what came of it. */
  void see(Excerpt shown, Finished finished);

  /** Is told why. */
  Reply learn(int number, Step step, int guess) throws IOException;

  /** Is told that a step is taken back. */
  void goBackFrom(int number);

  /** Is told that the tour was wrong about a command. */
  void beSurprised(Typed command, Claim claim);
}
