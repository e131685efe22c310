package dev.hairpin.rules.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tools as child processes. */
final class LocalCommands implements CommandRunner {
  private static final Logger log = LoggerFactory.getLogger(LocalCommands.class);

  private static final Executor THREADS = task -> Thread.ofVirtual().name("tool").start(task);

  /**
   * Room for the rules of 100,000 ports, and for 300,000 connections that are forgotten; who prints
   * more must not use up our memory.
   */
  private static final int MOST_BYTES = 64 << 20;

  /** Where administration tools are, which a user's PATH may leave out. */
  private static final List<String> SYSTEM_PATHS =
      List.of("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin");

  /** Debian's packages of the tools that we run. */
  private static final Map<String, String> PACKAGES =
      Map.of(
          "iptables-save", "iptables",
          "ip6tables-save", "iptables",
          "iptables-restore", "iptables",
          "ip6tables-restore", "iptables",
          "conntrack", "conntrack",
          "ip", "iproute2",
          "modprobe", "kmod",
          "nft", "nftables",
          "nsenter", "util-linux");

  private final LongConsumer started;

  LocalCommands(LongConsumer started) {
    this.started = requireNonNull(started, "started");
  }

  @Override
  public Finished run(List<String> argv, String input, Duration deadline) throws CommandException {
    Process process = start(argv);
    started.accept(process.pid());
    CompletableFuture<Void> written = writing(process, argv, input);
    CompletableFuture<String> output = reading(process.getInputStream());
    CompletableFuture<String> errors = reading(process.getErrorStream());
    try {
      // Until both streams end, so that a child which the tool left behind is waited for as well.
      CompletableFuture.allOf(written, output, errors)
          .get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      int exitStatus = process.waitFor();
      log.debug("{} exited {}", argv, exitStatus);
      return new Finished(exitStatus, output.join(), errors.join());
    } catch (TimeoutException e) {
      kill(process);
      throw new CommandException(
          "run " + argv.getFirst() + ": killed after " + deadline.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      kill(process);
      Thread.currentThread().interrupt();
      throw new CommandException("run " + argv.getFirst() + ": interrupted", e);
    } catch (ExecutionException e) {
      kill(process);
      throw new CommandException("run " + argv.getFirst() + ": " + why(e.getCause()), e);
    }
  }

  /** Its children are found among all processes of the machine, which may be thousands. */
  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static String why(Throwable cause) {
    return cause instanceof UncheckedIOException io ? io.getCause().getMessage() : cause.toString();
  }

  private static Process start(List<String> argv) throws CommandException {
    List<String> resolved = new ArrayList<>(argv);
    resolved.set(0, resolve(argv.getFirst()));
    ProcessBuilder builder = new ProcessBuilder(resolved);
    builder.environment().put("LC_ALL", "C");
    try {
      return builder.start();
    } catch (IOException e) {
      throw new CommandException("run " + argv.getFirst() + ": " + e.getMessage(), e);
    }
  }

  static String resolve(String tool) throws CommandException {
    if (tool.contains("/")) {
      return tool;
    }
    Stream<String> ofUser =
        Optional.ofNullable(System.getenv("PATH")).stream()
            .flatMap(path -> Stream.of(path.split(File.pathSeparator)));
    return Stream.concat(ofUser, SYSTEM_PATHS.stream())
        .filter(directory -> directory.startsWith("/"))
        .map(directory -> Path.of(directory, tool))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElseThrow(() -> notFound(tool));
  }

  static CommandException notFound(String tool) {
    return CommandException.notInstalled(
        "run " + tool + ": not found on PATH; install " + PACKAGES.getOrDefault(tool, tool));
  }

  /** Most tools read nothing, and then there is nothing to wait for. */
  private static CompletableFuture<Void> writing(Process process, List<String> argv, String input) {
    if (input.isEmpty()) {
      write(process, argv, input);
      return CompletableFuture.completedFuture(null);
    }
    return CompletableFuture.runAsync(() -> write(process, argv, input), THREADS);
  }

  private static void write(Process process, List<String> argv, String input) {
    try (OutputStream stream = process.getOutputStream()) {
      stream.write(input.getBytes(UTF_8));
    } catch (IOException e) {
      // A tool that found an error early does not read the rest. Its exit status says so.
      log.debug("{} did not read all its input: {}", argv, e.getMessage());
    }
  }

  private static CompletableFuture<String> reading(InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (stream) {
            byte[] bytes = stream.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
              throw new IOException("printed more than " + (MOST_BYTES >> 20) + " MiB");
            }
            return new String(bytes, UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        THREADS);
  }
}
