package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A process that the lab started, known beyond the life of the command that did.
 *
 * @param role what it does, for a person: {@code agent}
 * @param startTicks when it started, in clock ticks since the machine did (proc(5), /proc/PID/stat
 *     field 22): another process that later gets the same number has another
 */
record LabProcess(String role, long pid, long startTicks) {
  private static final Path PROC = Path.of("/proc");

  /**
   * Fields of /proc/PID/stat that come between the name, which may hold anything, and the start.
   */
  private static final int FIELDS_BEFORE_START = 19;

  LabProcess {
    requireNonNull(role, "role");
  }

  /** The process with that number; empty when there is none. */
  static Optional<LabProcess> of(String role, long pid) {
    OptionalLong start = startTicks(pid);
    return start.isPresent()
        ? Optional.of(new LabProcess(role, pid, start.getAsLong()))
        : Optional.empty();
  }

  /** Whether it is this process that has the number now, and still runs. */
  boolean isAlive() {
    OptionalLong start = startTicks(pid);
    return start.isPresent() && start.getAsLong() == startTicks;
  }

  /** Asks it to end. */
  void end() {
    handle().ifPresent(ProcessHandle::destroy);
  }

  /** Ends it whatever it does. */
  void kill() {
    handle().ifPresent(ProcessHandle::destroyForcibly);
  }

  private Optional<ProcessHandle> handle() {
    return isAlive() ? ProcessHandle.of(pid) : Optional.empty();
  }

  /** {@code agent (process 4242)}. */
  @Override
  public String toString() {
    return role + " (process " + pid + ")";
  }

  /** A zombie has ended, and only waits for its parent to notice: it counts as gone. */
  private static OptionalLong startTicks(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return fields[0].equals("Z")
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(fields[FIELDS_BEFORE_START]));
    } catch (IOException gone) {
      return OptionalLong.empty();
    }
  }
}
