package dev.hairpin.agent.cli;

import com.google.common.base.Splitter;
import java.io.PrintWriter;

/** Words for people, in lines that a terminal can show. */
final class Wrapped {
  private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();

  private Wrapped() {}

  /**
   * Prints a paragraph.
   *
   * @param indent what each line begins with
   * @param width the most that a line has, in characters, unless a single word is longer
   */
  static void print(PrintWriter out, String text, String indent, int width) {
    StringBuilder line = new StringBuilder(indent);
    for (String word : WORDS.split(Printable.line(text))) {
      if (line.length() > indent.length() && line.length() + word.length() >= width) {
        out.println(line.toString().stripTrailing());
        line.setLength(indent.length());
      }
      line.append(word).append(' ');
    }
    out.println(line.toString().stripTrailing());
  }
}
