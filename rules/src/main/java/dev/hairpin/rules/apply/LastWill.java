package dev.hairpin.rules.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;

/**
 * A script that nft has read already, and carries out when this process ends, however it ends, or
 * earlier when it is asked to: nft begins when its standard input does not go on. It is in a
 * session of its own, as Ctrl-C goes to a whole group of processes.
 *
 * <p>It acts in the network namespace of the thread that made it. Not safe for several threads.
 */
public final class LastWill {
  private final Process nft;
  private final OutputStream rest;

  private LastWill(Process nft, OutputStream rest) {
    this.nft = nft;
    this.rest = rest;
  }

  /**
   * Starts nft, and has it read.
   *
   * @throws CommandException if it can't be started
   */
  public static LastWill of(String script) throws CommandException {
    ProcessBuilder builder =
        new ProcessBuilder(
            LocalCommands.resolve("setsid"), LocalCommands.resolve("nft"), "-f", "-");
    builder.environment().put("LC_ALL", "C");
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    try {
      Process nft = builder.start();
      OutputStream input = nft.getOutputStream();
      input.write(script.getBytes(UTF_8));
      input.flush();
      return new LastWill(nft, input);
    } catch (IOException e) {
      throw new CommandException("run nft: " + e.getMessage(), e);
    }
  }

  /**
   * Has it carried out now. Once.
   *
   * @return what nft said
   * @throws CommandException if nft doesn't end, and was killed, or can't be waited for
   */
  public Finished carryOut() throws CommandException {
    try {
      rest.close();
      if (!nft.waitFor(CommandRunner.DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new CommandException(
            "run nft: killed after " + CommandRunner.DEADLINE.toMillis() + " ms", null);
      }
      return new Finished(
          nft.exitValue(), "", new String(nft.getErrorStream().readAllBytes(), UTF_8));
    } catch (IOException e) {
      throw new CommandException("run nft: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("run nft: interrupted", e);
    } finally {
      nft.destroyForcibly();
    }
  }
}
