package dev.hairpin.agent.plan;

import static java.util.stream.Collectors.joining;

import dev.hairpin.rules.binding.UserText;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What {@code nft list ruleset} printed earlier. */
public final class SavedNftables {
  /** A table that dockerd calls its own. */
  private static final Pattern OURS = Pattern.compile("table (ip|ip6) docker-bridges \\{");

  private static final Pattern ANY = Pattern.compile("table \\w+ \\S+ \\{");

  private static final Pattern NUMBERS = Pattern.compile("\\bcounter packets \\d+ bytes \\d+");

  private static final String FIRST_ELEMENT = "\t\telements = {";
  private static final String NEXT_ELEMENT = ",\n\t\t\t     ";
  private static final String LAST_ELEMENT = " }";

  private SavedNftables() {}

  /**
   * The tables of dockerd's among them, without the numbers of their counters. Nobody else puts
   * anything into those, so what would become of them can be seen line by line.
   *
   * @throws IllegalArgumentException if a table does not end, or something else than a table is
   *     there
   */
  public static String ours(String saved) {
    List<String> lines = new ArrayList<>();
    List<String> elements = new ArrayList<>();
    boolean inside = false;
    boolean insideOthers = false;
    for (String line : saved.lines().toList()) {
      inside = inside || (!insideOthers && OURS.matcher(line).matches());
      if (!inside) {
        insideOthers = staysInOthers(line, insideOthers);
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
    if (inside || insideOthers) {
      throw new IllegalArgumentException("the text ends before the table does");
    }
    return String.join("", lines);
  }

  /** Whether the next line belongs to a table of somebody else's. */
  private static boolean staysInOthers(String line, boolean insideOthers) {
    if (insideOthers) {
      return !line.equals("}");
    }
    if (line.isBlank() || line.startsWith("#")) {
      return false;
    }
    if (!ANY.matcher(line).matches()) {
      throw new IllegalArgumentException(
          UserText.quoted(line) + " is nothing that nft list ruleset prints");
    }
    return true;
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
