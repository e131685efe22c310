package dev.hairpin.agent.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What {@code nft list ruleset} printed earlier. */
public final class SavedNftables {
  /** A table that dockerd calls its own. */
  private static final Pattern OURS = Pattern.compile("table (ip|ip6) docker-bridges \\{");

  private static final Pattern NUMBERS = Pattern.compile("\\bcounter packets \\d+ bytes \\d+");

  private SavedNftables() {}

  /**
   * The tables of dockerd's among them, without the numbers of their counters. Nobody else puts
   * anything into those, so what would become of them can be seen line by line.
   *
   * @throws IllegalArgumentException if a table does not end
   */
  public static String ours(String saved) {
    List<String> lines = new ArrayList<>();
    boolean inside = false;
    for (String line : saved.lines().toList()) {
      inside = inside || OURS.matcher(line).matches();
      if (inside) {
        lines.add(NUMBERS.matcher(line).replaceAll("counter") + "\n");
        inside = !line.equals("}");
      }
    }
    if (inside) {
      throw new IllegalArgumentException("the text ends before the table does");
    }
    return String.join("", lines);
  }
}
