package dev.hairpin.agent.standin;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/** Named pipes. */
final class Fifo {
  private Fifo() {}

  /**
   * Opens a pipe for both directions, so that neither opening nor writing waits for somebody at the
   * other end (fifo(7)). It is never made: one that is gone belonged to a stand-in that is gone.
   */
  static FileChannel open(Path fifo) throws IOException {
    return FileChannel.open(
        fifo, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
  }

  /** Makes a pipe, unless there is one. */
  static void make(Path fifo) throws IOException {
    if (Files.exists(fifo, LinkOption.NOFOLLOW_LINKS)
        && Files.readAttributes(fifo, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
            .isOther()) {
      return;
    }
    Files.deleteIfExists(fifo);
    Process mkfifo =
        new ProcessBuilder("mkfifo", "-m", "600", fifo.toString())
            .redirectErrorStream(true)
            .start();
    mkfifo.getOutputStream().close();
    String output =
        new String(mkfifo.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      if (mkfifo.waitFor() != 0) {
        throw new IOException("make pipe " + fifo + ": " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("make pipe " + fifo + ": interrupted", e);
    }
  }
}
