package dev.hairpin.agent.cli;

import static java.util.stream.Collectors.joining;

import java.util.stream.Stream;

/**
 * Text that may hold what a container, label or namespace is called, made fit for a terminal: a
 * name must not move the cursor, change colours or begin a line of its own.
 */
final class Printable {
  private Printable() {}

  /** The text on one line, with control and formatting characters written as {@code \u001b}. */
  static String line(String text) {
    StringBuilder printable = new StringBuilder(text.length());
    text.codePoints()
        .forEach(point -> {
          if (isHarmless(point)) {
            printable.appendCodePoint(point);
          } else {
            printable.append(String.format("\\u%04x", point));
          }
        });
    return printable.toString();
  }

  /** As {@link #line}, but with its tabs, which nft indents by. */
  static String withTabs(String text) {
    return Stream.of(text.split("\t", -1)).map(Printable::line).collect(joining("\t"));
  }

  private static boolean isHarmless(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
