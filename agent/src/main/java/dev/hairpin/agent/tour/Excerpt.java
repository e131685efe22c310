package dev.hairpin.agent.tour;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jline.utils.AttributedString;

/**
 * Which lines of a command's output a learner is shown.
 *
 * @param interesting lines in which it is found; all if empty
 * @param most lines, of those
 */
public record Excerpt(Optional<Pattern> interesting, int most) {
  /** Everything. */
  public static final Excerpt ALL = new Excerpt(Optional.empty(), Integer.MAX_VALUE);

  public Excerpt {
    requireNonNull(interesting, "interesting");
  }

  /** The lines in which a regular expression is found. */
  public static Excerpt of(String interesting) {
    return new Excerpt(Optional.of(Pattern.compile(interesting)), Integer.MAX_VALUE);
  }

  /** The first lines. */
  public static Excerpt first(int lines) {
    return new Excerpt(Optional.empty(), lines);
  }

  /**
   * What is shown.
   *
   * @param rest stands at the end where lines are left out
   */
  public List<String> of(String output, String rest) {
    List<String> lines = output.stripTrailing().lines().toList();
    List<String> shown = new ArrayList<>(lines.stream().filter(this::isShown).limit(most).toList());
    if (shown.size() < lines.stream().filter(line -> !line.isBlank()).count()) {
      shown.add(rest);
    }
    return shown;
  }

  private boolean isShown(String line) {
    String text = AttributedString.stripAnsi(line);
    return interesting.map(pattern -> pattern.matcher(text).find()).orElse(true);
  }
}
