package dev.hairpin.agent.tour;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.util.List;
import java.util.regex.Pattern;
import org.jline.utils.AttributedString;

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

  /** In what it prints there are lines in which these are found, in this order, among others. */
  record PrintsInOrder(List<Pattern> patterns) implements Claim {
    public PrintsInOrder {
      patterns = List.copyOf(patterns);
    }

    private boolean holds(String printed) {
      int found = 0;
      for (String line : printed.lines().toList()) {
        if (found < patterns.size() && patterns.get(found).matcher(line).find()) {
          found++;
        }
      }
      return found == patterns.size();
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

  /** That lines are printed in which these are found, in this order, among others. */
  static Claim printsInOrder(List<String> patterns) {
    return new PrintsInOrder(patterns.stream().map(Pattern::compile).toList());
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
    String printed = AttributedString.stripAnsi(finished.output() + "\n" + finished.errors());
    return switch (this) {
      case Exits(int status) -> finished.exitStatus() == status;
      case Prints(Pattern pattern) -> pattern.matcher(printed).find();
      case PrintsInOrder inOrder -> inOrder.holds(printed);
      case PrintsNot(Pattern pattern) -> !pattern.matcher(printed).find();
    };
  }
}
