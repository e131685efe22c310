package dev.hairpin.it.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process has cost so far, by the kernel's books. */
final class ProcessCost {
  /** What /proc counts in, on every architecture (USER_HZ, proc(5)). */
  private static final double TICKS_PER_SECOND = 100;

  /** Where utime is in /proc/PID/stat, counted from the state, which follows the name. */
  private static final int UTIME = 11;

  private static final String PSS = "Pss:";

  private ProcessCost() {}

  /** Seconds that all its threads have computed, in user mode and in the kernel. */
  static double cpuSeconds(long pid) {
    String stat = read(pid, "stat");
    // The name may have blanks and brackets of its own.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[UTIME + 1])) / TICKS_PER_SECOND;
  }

  /** Its memory in MiB, with shared pages divided among those that share them. */
  static double pssMiB(long pid) {
    return read(pid, "smaps_rollup")
            .lines()
            .filter(line -> line.startsWith(PSS))
            .map(line -> line.substring(PSS.length()).strip().split(" ", -1)[0])
            .mapToLong(Long::parseLong)
            .sum()
        / 1024.0;
  }

  private static String read(long pid, String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
