package dev.hairpin.rules.iptables;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words of a line, one after the other. A word in double quotes may hold spaces and escaped
 * quotes; it is given without its quotes. iptables-save puts the names of interfaces and chains in
 * none, so there a quote is part of the word, be it the first character.
 */
final class Words {
  private static final Pattern WORD = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|[^\\s\"]\\S*");

  private static final Pattern NAME = Pattern.compile("\\S+");

  /** Flags that the name of an interface or chain comes after. */
  private static final Set<String> NAMING =
      Set.of("-i", "-o", "-j", "-g", "--physdev-in", "--physdev-out", "--oif");

  private record Word(int start, int end, String text) {}

  private final String line;
  private final List<Word> words = new ArrayList<>();
  private int next;

  /**
   * @throws IllegalArgumentException if a quote is not closed
   */
  Words(String line) {
    this.line = line;
    Matcher matcher = WORD.matcher(line);
    int read = 0;
    boolean isName = false;
    while (matcher.usePattern(isName ? NAME : WORD).find()) {
      requireBlank(line, read, matcher.start());
      read = matcher.end();
      String text = isName ? matcher.group() : unquoted(matcher.group());
      words.add(new Word(matcher.start(), read, text));
      isName = NAMING.contains(text);
    }
    requireBlank(line, read, line.length());
  }

  boolean hasNext() {
    return next < words.size();
  }

  String peek() {
    return words.get(next).text();
  }

  /**
   * @throws IllegalArgumentException if there is none left
   */
  String next() {
    if (!hasNext()) {
      throw new IllegalArgumentException("the rule ends where a value is missing");
    }
    return words.get(next++).text();
  }

  /** Takes the next word if it is this one. */
  boolean take(String word) {
    if (hasNext() && peek().equals(word)) {
      next++;
      return true;
    }
    return false;
  }

  /** Where the next word begins; the line's end if there is none. */
  int start() {
    return hasNext() ? words.get(next).start() : line.length();
  }

  /** Where the last word that was taken ends. */
  int end() {
    return next == 0 ? 0 : words.get(next - 1).end();
  }

  /** All that is in front of a word, without the space between them. */
  String textBefore(int start) {
    String text = line.substring(0, start);
    return text.endsWith(" ") && start < line.length() ? text.substring(0, start - 1) : text;
  }

  private static String unquoted(String word) {
    return word.startsWith("\"")
        ? word.substring(1, word.length() - 1).replaceAll("\\\\(.)", "$1")
        : word;
  }

  private static void requireBlank(String line, int from, int to) {
    if (!line.substring(from, to).isBlank()) {
      throw new IllegalArgumentException("a quote is not closed in \"" + line + "\"");
    }
  }
}
