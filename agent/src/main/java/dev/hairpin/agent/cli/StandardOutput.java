package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.FileTrouble;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a command's output goes. A PrintWriter keeps to itself that it could not write, and why; so
 * this remembers it.
 */
final class StandardOutput {
  private static final Path OWN = Path.of("/proc/self/fd/1");

  private final PrintWriter writer;
  private final Remembering sink;
  private final boolean isPipe;

  /**
   * @param isPipe whether somebody reads this, and may have read enough
   */
  StandardOutput(OutputStream sink, boolean isPipe) {
    this.sink = new Remembering(sink);
    this.isPipe = isPipe;
    this.writer =
        new PrintWriter(
            new BufferedWriter(new OutputStreamWriter(this.sink, System.out.charset())), true);
  }

  /** This process's. */
  static StandardOutput ofThisProcess() {
    return new StandardOutput(new FileOutputStream(FileDescriptor.out), isPipe());
  }

  private static boolean isPipe() {
    try {
      String target = Files.readSymbolicLink(OWN).toString();
      return target.startsWith("pipe:") || target.startsWith("socket:");
    } catch (IOException closed) {
      return false;
    }
  }

  PrintWriter writer() {
    return writer;
  }

  /**
   * Writes what is left, and says why not all of it is written. A reader that went away, as {@code
   * head} does, has what it wanted.
   */
  Optional<String> failure() {
    writer.flush();
    return isPipe
        ? Optional.empty()
        : sink.problem.map(
            problem -> FileTrouble.during("write to standard output", problem).getMessage());
  }

  /** Writes up to the first failure, and nothing after it: half a line helps nobody. */
  private static final class Remembering extends OutputStream {
    private final OutputStream target;
    private Optional<IOException> problem = Optional.empty();

    Remembering(OutputStream target) {
      this.target = requireNonNull(target, "target");
    }

    @Override
    public void write(int octet) {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int offset, int length) {
      if (problem.isPresent()) {
        return;
      }
      try {
        target.write(octets, offset, length);
      } catch (IOException e) {
        problem = Optional.of(e);
      }
    }
  }
}
