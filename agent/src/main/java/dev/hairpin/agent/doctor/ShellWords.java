package dev.hairpin.agent.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words of a line as iptables-save writes it, with comments in double quotes. */
final class ShellWords {
  private static final Pattern WORD = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|(\\S+)");

  private ShellWords() {}

  static List<String> split(String line) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(line);
    while (word.find()) {
      words.add(word.group(2) != null ? word.group(2) : word.group(1).replaceAll("\\\\(.)", "$1"));
    }
    return words;
  }
}
