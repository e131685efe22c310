package dev.hairpin.agent.cli;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A command as a person can copy it into a shell. */
final class ShellLine {
  /** What a shell leaves as it is. */
  private static final Pattern PLAIN = Pattern.compile("[\\w./:,+@%=-]+");

  private ShellLine() {}

  /** On one line, and fit for a terminal: {@code nft delete rule 'a b'}. */
  static String of(List<String> argv) {
    return Printable.line(argv.stream().map(ShellLine::word).collect(Collectors.joining(" ")));
  }

  private static String word(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
