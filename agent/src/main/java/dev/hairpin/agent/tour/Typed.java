package dev.hairpin.agent.tour;

import com.google.common.base.Splitter;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A command as a learner would type it. It is run without a shell.
 *
 * @param words the program and its arguments
 */
public record Typed(List<String> words) {
  /** What a shell takes as it stands. */
  private static final Pattern PLAIN = Pattern.compile("[\\w./:=@%+,!{}-]+");

  public Typed {
    words = List.copyOf(words);
    if (words.isEmpty()) {
      throw new IllegalArgumentException("no command");
    }
  }

  /** A command without blanks in its words. */
  public static Typed of(String line) {
    return new Typed(Splitter.on(' ').omitEmptyStrings().splitToList(line));
  }

  /** As it can be pasted into a shell. */
  @Override
  public String toString() {
    return words.stream().map(Typed::quoted).collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
