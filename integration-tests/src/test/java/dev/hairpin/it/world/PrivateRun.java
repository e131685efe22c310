package dev.hairpin.it.world;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A {@code /run} that nobody else sees, and so names of network namespaces that are nobody else's:
 * what is known by fixed names, as the lab is, can be there several times. It is a mount namespace,
 * held by a process that ends with this JVM. Commands that it gives run in the network namespace of
 * the caller.
 *
 * <p>Closing it ends what still runs inside; the namespaces that were named there go with it.
 */
public final class PrivateRun implements AutoCloseable {
  private static final String GREETING = "here";

  private final Process holder;

  private PrivateRun(Process holder) {
    this.holder = holder;
  }

  /** Makes one. */
  public static PrivateRun create() {
    try {
      Process holder =
          new ProcessBuilder("unshare", "--mount", "--propagation", "private", "cat")
              .redirectErrorStream(true)
              .start();
      PrivateRun made = new PrivateRun(holder);
      try {
        made.awaitHolder();
        made.command("mount", "-t", "tmpfs", "hairpin-it", "/run").run();
        made.command("mkdir", "/run/netns", "/run/lock").run();
      } catch (IOException | RuntimeException | Error e) {
        made.close();
        throw e;
      }
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Only cat answers, and it is started when its mounts are no one else's any more. */
  private void awaitHolder() throws IOException {
    holder.outputWriter(UTF_8).append(GREETING).append('\n').flush();
    BufferedReader said = holder.inputReader(UTF_8);
    String line = said.readLine();
    if (!GREETING.equals(line)) {
      throw new AssertionError("make a mount namespace: " + line);
    }
  }

  /** A command that sees this {@code /run}. */
  public Command command(String... argv) {
    return Command.of("nsenter", "--mount=" + mounts(holder.pid()), "--").and(argv);
  }

  /**
   * Where a file is for those who see another {@code /run}.
   *
   * @param path absolute, as it is called inside
   */
  public Path outside(String path) {
    return Path.of("/proc/" + holder.pid() + "/root" + path);
  }

  /** What runs in there. */
  public List<ProcessHandle> processes() {
    Path ours = target(holder.pid());
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != holder.pid() && target(process.pid()).equals(ours))
        .toList();
  }

  private static Path mounts(long pid) {
    return Path.of("/proc/" + pid + "/ns/mnt");
  }

  /** {@code mnt:[4026532177]}; empty for a process that is gone. */
  private static Path target(long pid) {
    try {
      return Files.readSymbolicLink(mounts(pid));
    } catch (IOException gone) {
      return Path.of("");
    }
  }

  @Override
  public void close() {
    if (holder.isAlive()) {
      List<ProcessHandle> left = processes();
      left.forEach(ProcessHandle::destroyForcibly);
      left.stream().map(ProcessHandle::onExit).forEach(ending -> ending.join());
    }
    holder.destroy();
  }
}
