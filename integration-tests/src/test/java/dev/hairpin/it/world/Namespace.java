package dev.hairpin.it.world;

import dev.hairpin.agent.netns.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A network namespace that a test works in. */
public record Namespace(NetworkNamespace network) {
  /** One that {@code ip netns} knows by name. */
  public static Namespace named(String name) {
    return new Namespace(NetworkNamespace.of(name));
  }

  /** The one that a process is in. */
  public static Namespace ofPid(long pid) {
    return new Namespace(NetworkNamespace.ofPid(pid));
  }

  /** Its name for {@code ip netns}. */
  public String name() {
    return network.text();
  }

  public Path file() {
    return network.file();
  }

  /**
   * Runs {@code work} inside the namespace. Sockets that it opens stay in there, whoever uses them
   * later.
   *
   * @throws AssertionError if the namespace can't be entered or the work fails
   */
  public <T> T call(NetworkNamespace.Inside<T> work) {
    try {
      return network.call(work);
    } catch (IOException e) {
      throw new AssertionError("inside " + network + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted inside " + network, e);
    }
  }

  /** A command that runs inside the namespace. Only the network is another one there. */
  public Command command(String... argv) {
    return Command.of("nsenter", "--net=" + file(), "--").and(List.of(argv));
  }
}
