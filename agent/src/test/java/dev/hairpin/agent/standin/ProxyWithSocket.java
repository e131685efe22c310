package dev.hairpin.agent.standin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.proxy.posix.IpSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jnr.constants.platform.OpenFlags;
import jnr.constants.platform.Signal;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import jnr.posix.SpawnFileAction;

/**
 * A proxy as dockerd 28 starts it: with something for its answer on descriptor 3 and the socket
 * that dockerd has bound on descriptor 4. Java's own processes get no other descriptors than the
 * first three.
 */
public final class ProxyWithSocket implements AutoCloseable {
  private static final POSIX POSIX_CALLS = POSIXFactory.getNativePOSIX();
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int ANSWER = 3;
  private static final int SOCKET = 4;

  private final long pid;
  private final Path answer;
  private boolean hasEnded;

  private ProxyWithSocket(long pid, Path answer) {
    this.pid = pid;
    this.answer = answer;
  }

  /**
   * Starts it and closes the caller's own descriptor of the socket, as dockerd does.
   *
   * @param answer a file that is not there yet
   */
  public static ProxyWithSocket start(
      IpSocket socket, Path answer, Map<String, String> environment, List<String> argv)
      throws IOException {
    int flags = OpenFlags.O_WRONLY.intValue() | OpenFlags.O_CREAT.intValue();
    List<SpawnFileAction> descriptors =
        List.of(
            SpawnFileAction.open(answer.toString(), ANSWER, flags, 0600),
            SpawnFileAction.dup(socket.fd(), SOCKET));
    List<String> variables =
        Stream.concat(Stream.of(System.getenv()), Stream.of(environment))
            .flatMap(some -> some.entrySet().stream())
            .map(variable -> variable.getKey() + "=" + variable.getValue())
            .toList();
    try (socket) {
      long pid = POSIX_CALLS.posix_spawnp(argv.getFirst(), descriptors, argv, variables);
      assertThat(pid).as("started %s", argv).isPositive();
      return new ProxyWithSocket(pid, answer);
    }
  }

  /** What it says to dockerd. */
  public String answer() {
    await("an answer to dockerd")
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> Files.exists(answer) && Files.size(answer) > 0);
    try {
      return Files.readString(answer);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Ends it as dockerd does, with SIGINT, and returns its exit status. */
  public int stop() {
    return end(Signal.SIGINT);
  }

  /** Kills it. */
  public void kill() {
    end(Signal.SIGKILL);
  }

  @Override
  public void close() {
    if (!hasEnded) {
      kill();
    }
  }

  private int end(Signal signal) {
    POSIX_CALLS.kill(pid, signal.intValue());
    return exitStatus();
  }

  /** Waits for its end. */
  public int exitStatus() {
    int[] status = new int[1];
    assertThat(POSIX_CALLS.waitpid(pid, status, 0)).isEqualTo((int) pid);
    hasEnded = true;
    return status[0] >> 8;
  }
}
