package dev.hairpin.agent.tour;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.util.regex.Pattern;

/** What a tour says that comes of a command. */
public sealed interface Claim {
  /** It ends with a status. */
  record Exits(int status) implements Claim {}

  /** Something that it prints, on its output or its errors, is found by a pattern. */
  record Prints(Pattern pattern) implements Claim {
    public Prints {
      requireNonNull(pattern, "pattern");
    }
  }

  /** Nothing that it prints is. */
  record PrintsNot(Pattern pattern) implements Claim {
    public PrintsNot {
      requireNonNull(pattern, "pattern");
    }
  }

  static Claim exits(int status) {
    return new Exits(status);
  }

  /**
   * That something is printed.
   *
   * @param pattern a regular expression; {@code ^} and {@code $} are a line's ends
   */
  static Claim prints(String pattern) {
    return new Prints(Pattern.compile(pattern, Pattern.MULTILINE));
  }

  /** That something isn't. */
  static Claim printsNot(String pattern) {
    return new PrintsNot(Pattern.compile(pattern, Pattern.MULTILINE));
  }

  /** Whether it is so. */
  default boolean holds(Finished finished) {
    String printed = finished.output() + "\n" + finished.errors();
    return switch (this) {
      case Exits(int status) -> finished.exitStatus() == status;
      case Prints(Pattern pattern) -> pattern.matcher(printed).find();
      case PrintsNot(Pattern pattern) -> !pattern.matcher(printed).find();
    };
  }
}
