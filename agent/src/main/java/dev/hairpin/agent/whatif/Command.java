package dev.hairpin.agent.whatif;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A command as it is run, and as it can be copied.
 *
 * @param text for a shell
 */
public record Command(List<String> argv, String text) {
  /** A word, in which parts may be in double quotes, as iptables-save writes comments. */
  private static final Pattern WORD = Pattern.compile("(?:\"(?:[^\"\\\\]|\\\\.)*\"|[^\\s\"])+");

  private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

  private static final Pattern PLAIN = Pattern.compile("[\\w./:+@=-]+");

  public Command {
    argv = List.copyOf(argv);
  }

  /**
   * Words that a shell has to leave as they are: a checkout's folder may have a blank in its name.
   */
  static Command of(List<String> argv) {
    return new Command(
        argv,
        argv.stream()
            .map(word ->
                PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" ")));
  }

  /** Words between blanks. */
  static Command parse(String text) {
    List<String> argv = new ArrayList<>();
    Matcher word = WORD.matcher(text);
    while (word.find()) {
      argv.add(
          QUOTED
              .matcher(word.group())
              .replaceAll(
                  quoted -> Matcher.quoteReplacement(quoted.group(1).replaceAll("\\\\(.)", "$1"))));
    }
    return new Command(argv, text);
  }
}
