package dev.hairpin.agent.plan;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What {@code nft list ruleset} printed earlier. */
public final class SavedNftables {
  /** A table that dockerd calls its own. */
  private static final Pattern OURS = Pattern.compile("table (ip|ip6) docker-bridges \\{");

  private static final Pattern NUMBERS = Pattern.compile("\\bcounter packets \\d+ bytes \\d+");

  private static final String FIRST_ELEMENT = "\t\telements = {";
  private static final String NEXT_ELEMENT = ",\n\t\t\t     ";
  private static final String LAST_ELEMENT = " }";

  private SavedNftables() {}

  /**
   * The tables of dockerd's among them, without the numbers of their counters. Nobody else puts
   * anything into those, so what would become of them can be seen line by line.
   *
   * @throws IllegalArgumentException if a table does not end
   */
  public static String ours(String saved) {
    List<String> lines = new ArrayList<>();
    List<String> elements = new ArrayList<>();
    boolean inside = false;
    for (String line : saved.lines().toList()) {
      inside = inside || OURS.matcher(line).matches();
      if (!inside) {
        continue;
      }
      if (line.startsWith(FIRST_ELEMENT) || !elements.isEmpty()) {
        elements.add(line.strip());
        if (line.endsWith(LAST_ELEMENT)) {
          lines.add(inOrder(elements));
          elements.clear();
        }
      } else {
        lines.add(NUMBERS.matcher(line).replaceAll("counter") + "\n");
        inside = !line.equals("}");
      }
    }
    if (inside) {
      throw new IllegalArgumentException("the text ends before the table does");
    }
    return String.join("", lines);
  }

  /** Versions of nft differ in how they sort them, and packets don't mind. */
  private static String inOrder(List<String> lines) {
    String written = String.join(" ", lines);
    String elements =
        written.substring(FIRST_ELEMENT.strip().length(), written.length() - LAST_ELEMENT.length());
    return Stream.of(elements.split(","))
        .map(String::strip)
        .sorted()
        .collect(joining(NEXT_ELEMENT, FIRST_ELEMENT + " ", LAST_ELEMENT + "\n"));
  }
}
