package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Runs the system's tools, without a shell. Safe for use by many threads. */
@FunctionalInterface
public interface CommandRunner {
  /** How long a tool may take unless the caller says otherwise. */
  Duration DEADLINE = Duration.ofSeconds(30);

  /**
   * Runs a tool to its end.
   *
   * @param argv the tool and its arguments
   * @param input what it reads from standard input
   * @param deadline how long it may take; it is killed then
   * @return what it said, whatever its exit status
   * @throws CommandException if it can't be started, was killed at its deadline, or the calling
   *     thread was interrupted; the thread's interrupt status is kept
   */
  Finished run(List<String> argv, String input, Duration deadline) throws CommandException;

  /** Runs a tool that reads nothing, with the usual deadline. */
  default Finished run(String... argv) throws CommandException {
    return run(List.of(argv), "", DEADLINE);
  }

  /** Runs tools in this process's own namespaces, with messages in English. */
  static CommandRunner local() {
    return local(pid -> {});
  }

  /**
   * The same.
   *
   * @param started told each tool's process id as soon as there is one, on the thread that runs it
   */
  static CommandRunner local(LongConsumer started) {
    return new LocalCommands(started);
  }

  /**
   * Runs tools in another network namespace.
   *
   * @param namespace its file, such as {@code /run/netns/ns1} or {@code /proc/1234/ns/net}
   */
  default CommandRunner inNamespace(Path namespace) {
    requireNonNull(namespace, "namespace");
    return (argv, input, deadline) -> {
      List<String> entered =
          Stream.concat(Stream.of("nsenter", "--net=" + namespace, "--"), argv.stream()).toList();
      Finished finished = run(entered, input, deadline);
      if (finished.exitStatus() == 127 && finished.firstError().startsWith("nsenter: failed")) {
        throw LocalCommands.notFound(argv.getFirst());
      }
      return finished;
    };
  }

  /**
   * What a tool said.
   *
   * @param exitStatus 0-255; 128 and the signal's number if it was killed
   * @param output its standard output
   * @param errors its standard error
   */
  record Finished(int exitStatus, String output, String errors) {
    public Finished {
      requireNonNull(output, "output");
      requireNonNull(errors, "errors");
    }

    public boolean isSuccess() {
      return exitStatus == 0;
    }

    /** The first line of standard error that says something; empty when there is none. */
    public String firstError() {
      return errors
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .findFirst()
          .orElse("");
    }
  }
}
