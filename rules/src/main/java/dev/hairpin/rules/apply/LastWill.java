package dev.hairpin.rules.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What another process has read already, and carries out when this process ends, however it ends,
 * or earlier when it is asked to: it begins when its standard input does not go on. It is in a
 * session of its own, as Ctrl-C goes to a whole group of processes.
 *
 * <p>It acts in the network namespace of the thread that made it. Not safe for several threads.
 */
public final class LastWill {
  private final String tool;
  private final Process executor;
  private final OutputStream rest;

  private LastWill(String tool, Process executor, OutputStream rest) {
    this.tool = tool;
    this.executor = executor;
    this.rest = rest;
  }

  /**
   * Has nft read a script.
   *
   * @throws CommandException if it can't be started, or has ended before it was told
   */
  public static LastWill of(String script) throws CommandException {
    return read(script, "nft", "-f", "-");
  }

  /**
   * Has a setting written.
   *
   * @param file the kernel's, in {@code /proc/sys}
   * @throws CommandException if dd can't be started, or has found by then that it can't write it
   */
  public static LastWill setting(Path file, String value) throws CommandException {
    // Without bs= it writes when it has a whole block, or there is nothing more to read (dd(1p)).
    return read(value, "dd", "of=" + file, "conv=nocreat,notrunc", "status=none");
  }

  private static LastWill read(String will, String tool, String... arguments)
      throws CommandException {
    List<String> argv =
        new ArrayList<>(List.of(LocalCommands.resolve("setsid"), LocalCommands.resolve(tool)));
    argv.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(argv);
    builder.environment().put("LC_ALL", "C");
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    try {
      Process executor = builder.start();
      LastWill made = new LastWill(tool, executor, executor.getOutputStream());
      made.tell(will);
      return made;
    } catch (IOException e) {
      throw new CommandException("run " + tool + ": " + e.getMessage(), e);
    }
  }

  private void tell(String will) throws CommandException {
    try {
      rest.write(will.getBytes(UTF_8));
      rest.flush();
    } catch (IOException e) {
      // It has ended by now, and said why.
      throw new CommandException("run " + tool + ": " + end().firstError(), e);
    }
  }

  /**
   * Has it carried out now. Once.
   *
   * @return what the other process said
   * @throws CommandException if it doesn't end, and was killed, or can't be waited for
   */
  public Finished carryOut() throws CommandException {
    try {
      rest.close();
    } catch (IOException e) {
      executor.destroyForcibly();
      throw new CommandException("run " + tool + ": " + e.getMessage(), e);
    }
    return end();
  }

  private Finished end() throws CommandException {
    try {
      if (!executor.waitFor(CommandRunner.DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new CommandException(
            "run " + tool + ": killed after " + CommandRunner.DEADLINE.toMillis() + " ms", null);
      }
      return new Finished(
          executor.exitValue(), "", new String(executor.getErrorStream().readAllBytes(), UTF_8));
    } catch (IOException e) {
      throw new CommandException("run " + tool + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("run " + tool + ": interrupted", e);
    } finally {
      executor.destroyForcibly();
    }
  }
}
