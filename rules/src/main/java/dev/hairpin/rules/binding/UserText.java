package dev.hairpin.rules.binding;

/**
 * Text that a person, a label or a file name supplied, made fit for one line of a message. What a
 * terminal or a log would obey is written out as an escape.
 */
public final class UserText {
  /** Longest text that is shown whole, in characters. */
  private static final int LONGEST = 120;

  private UserText() {}

  /** In double quotes, control characters escaped, long text cut. */
  public static String quoted(String text) {
    return "\"" + plain(text) + "\"";
  }

  /** As {@link #quoted}, for text that needs no quotes: another program's own message. */
  public static String plain(String text) {
    return escaped(cut(text));
  }

  /** At most {@value #LONGEST} characters of it, and {@code ...} where it was cut. */
  static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  private static String escaped(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints().forEach(character -> line.append(escaped(character)));
    return line.toString();
  }

  private static String escaped(int character) {
    return switch (character) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default ->
          isPrintable(character)
              ? Character.toString(character)
              : String.format("\\u%04x", character);
    };
  }

  /** Not a control, and nothing that turns the direction of a line or hides in it. */
  private static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
