package dev.hairpin.it.world;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A program to run, with its arguments and what is added to its environment. Immutable. It runs
 * without a shell and gets {@code LC_ALL=C}.
 *
 * @param input what it reads on standard input, or empty for nothing
 */
public record Command(
    List<String> argv, Map<String, String> environment, List<Path> input, Duration deadline) {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  public Command {
    argv = List.copyOf(argv);
    environment = Map.copyOf(environment);
    input = List.copyOf(input);
  }

  /** What became of it. */
  public record Finished(List<String> argv, int exit, String out, String err) {
    /**
     * This, if it ended well.
     *
     * @throws AssertionError if it did not, with all that it said
     */
    public Finished successfully() {
      if (exit != 0) {
        throw new AssertionError(
            "%s exited %d: %s%s".formatted(String.join(" ", argv), exit, out, err));
      }
      return this;
    }
  }

  public static Command of(String... argv) {
    return new Command(List.of(argv), Map.of(), List.of(), DEADLINE);
  }

  /** The same, with arguments added at the end. */
  public Command and(List<String> arguments) {
    List<String> longer = new ArrayList<>(argv);
    longer.addAll(arguments);
    return new Command(longer, environment, input, deadline);
  }

  /** The same, with arguments added at the end. */
  public Command and(String... arguments) {
    return and(List.of(arguments));
  }

  /** The same, with a variable added to its environment. */
  public Command with(String variable, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(variable, value);
    return new Command(argv, more, input, deadline);
  }

  /** The same, with those variables added to its environment. */
  public Command withAll(Map<String, String> variables) {
    Map<String, String> more = new HashMap<>(environment);
    more.putAll(variables);
    return new Command(argv, more, input, deadline);
  }

  /** The same, with an inherited variable emptied. */
  public Command without(String variable) {
    return with(variable, "");
  }

  /** The same, reading that file. */
  public Command reading(Path file) {
    return new Command(argv, environment, List.of(file), deadline);
  }

  /** The same, with that long to live. */
  public Command within(Duration time) {
    return new Command(argv, environment, input, time);
  }

  /**
   * Runs it and returns what it wrote.
   *
   * @throws AssertionError if its exit status is not 0
   */
  public String run() {
    return attempt().successfully().out();
  }

  /**
   * Runs it to its end.
   *
   * @throws AssertionError if it takes longer than it may; it has been killed then
   */
  public Finished attempt() {
    try {
      Process process = builder().start();
      CompletableFuture<String> out = text(process.getInputStream());
      CompletableFuture<String> err = text(process.getErrorStream());
      if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            "%s still ran after %s".formatted(String.join(" ", argv), deadline));
      }
      return new Finished(argv, process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while running " + String.join(" ", argv), e);
    }
  }

  /** Starts it, with both outputs appended to a file. The caller ends it. */
  public Process startLoggingTo(Path log) {
    try {
      return builder()
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ProcessBuilder builder() {
    ProcessBuilder builder = new ProcessBuilder(argv);
    builder.environment().put("LC_ALL", "C");
    builder.environment().putAll(environment);
    builder.redirectInput(
        input.isEmpty()
            ? ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())
            : ProcessBuilder.Redirect.from(input.getFirst().toFile()));
    return builder;
  }

  private static CompletableFuture<String> text(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (stream) {
            text.complete(new String(stream.readAllBytes(), UTF_8));
          } catch (IOException e) {
            text.completeExceptionally(e);
          }
        });
    return text;
  }
}
