package dev.hairpin.agent.wording;

import org.jline.utils.WCWidth;

/** How wide words are on a terminal: a Chinese character takes two columns. */
public final class Columns {
  private Columns() {}

  public static int of(CharSequence text) {
    return text.codePoints().map(character -> Math.max(0, WCWidth.wcwidth(character))).sum();
  }

  /** The text with blanks behind it, up to a number of columns; as it is where it has more. */
  public static String padded(String text, int columns) {
    return text + " ".repeat(Math.max(0, columns - of(text)));
  }
}
