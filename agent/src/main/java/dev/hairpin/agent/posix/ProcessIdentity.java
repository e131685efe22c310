package dev.hairpin.agent.posix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One process, and no later one that was given the same number.
 *
 * @param pid its number
 * @param startTicks when it started, in clock ticks since boot (proc(5), field 22 of stat)
 */
public record ProcessIdentity(long pid, long startTicks) implements Comparable<ProcessIdentity> {
  private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,9})-([0-9]{1,19})");

  /** Fields of /proc/PID/stat after the name, which may itself hold blanks and parentheses. */
  private static final int STATE = 0;

  private static final int START_TICKS = 19;

  private static final Comparator<ProcessIdentity> BY_START =
      Comparator.comparingLong(ProcessIdentity::startTicks).thenComparingLong(ProcessIdentity::pid);

  /** The process that has this number now; empty if none runs. */
  public static Optional<ProcessIdentity> of(long pid) throws IOException {
    return startOf(pid).stream().mapToObj(ticks -> new ProcessIdentity(pid, ticks)).findFirst();
  }

  /** Reads what {@link #toString} writes; empty for any other text. */
  public static Optional<ProcessIdentity> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new ProcessIdentity(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Whether the process runs. One that has ended and waits for its parent to notice doesn't. */
  public boolean isAlive() throws IOException {
    return startOf(pid).equals(OptionalLong.of(startTicks));
  }

  /** Of the process that has this number and runs. */
  private static OptionalLong startOf(long pid) throws IOException {
    String stat;
    try {
      stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    } catch (IOException e) {
      // ESRCH: it ended between the open and the read.
      if (!Files.exists(Path.of("/proc/" + pid))) {
        return OptionalLong.empty();
      }
      throw e;
    }
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", START_TICKS + 2);
    return fields[STATE].equals("Z") || fields[STATE].equals("X")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(fields[START_TICKS]));
  }

  @Override
  public int compareTo(ProcessIdentity other) {
    return BY_START.compare(this, other);
  }

  /** {@code 4711-123456}, which is also the name of the stand-in's files. */
  @Override
  public String toString() {
    return pid + "-" + startTicks;
  }
}
