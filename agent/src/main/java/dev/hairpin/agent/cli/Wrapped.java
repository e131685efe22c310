package dev.hairpin.agent.cli;

import dev.hairpin.agent.wording.Columns;
import java.io.PrintWriter;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jline.utils.WCWidth;

/** Words for people, in lines that a terminal can show. */
final class Wrapped {
  private Wrapped() {}

  /**
   * Prints a paragraph.
   *
   * @param indent what each line begins with
   * @param width the most columns that a line takes, unless a single word is longer. A Chinese
   *     character takes two, and is a word
   */
  static void print(PrintWriter out, String text, String indent, int width) {
    lines(text, width - Columns.of(indent)).forEach(line -> out.println(indent + line));
  }

  /** A paragraph's lines, without what they are indented by. */
  static List<String> lines(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : words(Printable.line(text.strip()))) {
      if (!line.isEmpty() && Columns.of(line + word.stripTrailing()) > width) {
        lines.add(line.toString().stripTrailing());
        line.setLength(0);
      }
      line.append(word);
    }
    lines.add(line.toString().stripTrailing());
    return lines;
  }

  /** Parts that are not broken, with the blank behind them. */
  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    BreakIterator breaks = BreakIterator.getLineInstance(Locale.ROOT);
    breaks.setText(text);
    int begun = 0;
    for (int at = breaks.next(); at != BreakIterator.DONE; at = breaks.next()) {
      if (at == text.length() || mayBreak(text, at)) {
        words.add(text.substring(begun, at).replaceFirst(" +$", " "));
        begun = at;
      }
    }
    return words;
  }

  /** Also behind a hyphen there would be a break, but then no one could copy an option. */
  private static boolean mayBreak(String text, int at) {
    return text.charAt(at - 1) == ' '
        || isWide(text.codePointBefore(at))
        || isWide(text.codePointAt(at));
  }

  private static boolean isWide(int character) {
    return WCWidth.wcwidth(character) > 1;
  }
}
