package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.keeper.Keeper;
import dev.hairpin.agent.netns.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Starts and ends the lab's processes. They outlive the command that starts them. */
final class LabProcesses {
  /** How long a process may take to end by itself. */
  private static final Duration ENDING = Duration.ofSeconds(5);

  /** How long one may take that ends when its work is done. */
  private static final Duration WORKING = Duration.ofSeconds(30);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

  /** In the environment of every process that the lab started, and of their children. */
  private static final String MARK = "HAIRPIN_LAB";

  private final LabFiles files;

  LabProcesses(LabFiles files) {
    this.files = requireNonNull(files, "files");
  }

  /** Starts a program in a namespace. */
  LabProcess start(String role, String namespace, List<String> argv) throws IOException {
    List<String> entering = new ArrayList<>();
    entering.add("nsenter");
    entering.add("--net=" + NetworkNamespace.of(namespace).file());
    entering.add("--");
    entering.addAll(argv);
    return start(role, entering);
  }

  /**
   * Starts a program in a session of its own: what is typed at the terminal is not for it. Its
   * output goes to the role's log.
   */
  LabProcess start(String role, List<String> argv) throws IOException {
    List<String> detached = new ArrayList<>(List.of("setsid"));
    detached.addAll(argv);
    ProcessBuilder builder =
        new ProcessBuilder(detached)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(files.log(role).toFile());
    builder.environment().put(MARK, files.directory().toString());
    // Neither tool forks: the program has the number that we are given here.
    long pid = builder.start().pid();
    return LabProcess.of(role, pid)
        .orElseThrow(() -> new IOException("start the " + role + ": " + lastWords(role)));
  }

  /** What a process printed so far. */
  String output(String role) throws IOException {
    return Files.readString(files.log(role));
  }

  /** The end of what a process printed, on one line. */
  String lastWords(String role) {
    try {
      List<String> lines = Files.readAllLines(files.log(role));
      return String.join("; ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    } catch (IOException e) {
      return "it printed nothing";
    }
  }

  /** Whether the lab started a process, or one of its ancestors. */
  boolean isOurs(ProcessHandle process) {
    return environment(process).anyMatch((MARK + "=" + files.directory())::equals);
  }

  /** What a process of ours does that is not on record. */
  String role(ProcessHandle process, String namespace) {
    return environment(process).anyMatch(Keeper.markOf(files.agentRun())::equals)
        ? "keeper of the agent's sockets"
        : "process in " + namespace;
  }

  private static Stream<String> environment(ProcessHandle process) {
    try {
      return Arrays.stream(
          Files.readString(Path.of("/proc", Long.toString(process.pid()), "environ"))
              .split("\0", -1));
    } catch (IOException gone) {
      return Stream.empty();
    }
  }

  /**
   * Ends processes: asks first, waits, and kills what is still there.
   *
   * @throws IOException if one can't be ended
   */
  void end(List<LabProcess> processes) throws IOException, InterruptedException {
    processes.forEach(LabProcess::end);
    if (!haveEnded(processes, ENDING)) {
      processes.forEach(LabProcess::kill);
    }
    if (!haveEnded(processes, ENDING)) {
      throw new IOException("end " + processes + ": still there after SIGKILL");
    }
  }

  /**
   * Waits until they have ended by themselves.
   *
   * @throws IOException if one doesn't
   */
  void await(List<LabProcess> processes) throws IOException, InterruptedException {
    if (!haveEnded(processes, WORKING)) {
      throw new IOException(
          "wait for " + processes + ": still there after " + WORKING.toSeconds() + " s");
    }
  }

  private static boolean haveEnded(List<LabProcess> processes, Duration patience)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (processes.stream().anyMatch(LabProcess::isAlive)) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(BETWEEN_LOOKS);
    }
    return true;
  }
}
