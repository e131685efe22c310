package dev.hairpin.agent.plan;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import java.util.List;

/**
 * What changes from one text to another.
 *
 * @param lines as {@code diff -u} prints them; none when nothing changes
 */
public record LineDifference(List<String> lines) {
  private static final int CONTEXT = 3;

  public LineDifference {
    lines = List.copyOf(lines);
  }

  /**
   * Compares two texts line by line.
   *
   * @param beforeName what the first one is called in the head
   */
  public static LineDifference between(
      String beforeName, String before, String afterName, String after) {
    List<String> lines = before.lines().toList();
    return new LineDifference(
        UnifiedDiffUtils.generateUnifiedDiff(
            beforeName, afterName, lines, DiffUtils.diff(lines, after.lines().toList()), CONTEXT));
  }

  public boolean isEmpty() {
    return lines.isEmpty();
  }
}
