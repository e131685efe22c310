package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StandardOutputTest {
  /** A disk that is full. */
  private static final Path FULL = Path.of("/dev/full");

  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @ValueSource(
      strings = {"--help", "--version", "plan --help", "rules --explain --layout=docker28"})
  void aFullDiskIsOneClearLine(String command) throws IOException {
    try (OutputStream full = Files.newOutputStream(FULL)) {
      assertThat(run(new StandardOutput(full, false), command)).isEqualTo(1);
    }

    assertThat(err.toString())
        .isEqualTo("hairpin: write to standard output: No space left on device\n");
  }

  @Test
  void moreThanFitsIntoABufferFailsOnce() throws IOException {
    try (OutputStream full = Files.newOutputStream(FULL)) {
      StandardOutput out = new StandardOutput(full, false);
      out.writer().print("x".repeat(1 << 20));
      out.writer().println("y");

      assertThat(out.failure()).contains("write to standard output: No space left on device");
    }
  }

  @Test
  void aReaderThatHasReadEnoughIsNoFailure() throws IOException {
    try (OutputStream gone = Files.newOutputStream(FULL)) {
      assertThat(run(new StandardOutput(gone, true), "--help")).isZero();
    }
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void badInputStaysBadInput() throws IOException {
    try (OutputStream full = Files.newOutputStream(FULL)) {
      assertThat(run(new StandardOutput(full, false), "frobnicate")).isEqualTo(2);
    }
    assertThat(err.toString()).hasLineCount(1).doesNotContain("standard output");
  }

  @Test
  void whatIsWrittenArrives() {
    ByteArrayOutputStream written = new ByteArrayOutputStream();

    assertThat(run(new StandardOutput(written, false), "--version")).isZero();
    assertThat(written.toString(UTF_8)).hasLineCount(1).startsWith("hairpin ");
    assertThat(err.toString()).isEmpty();
  }

  private int run(StandardOutput out, String command) {
    return Hairpin.run(out, new PrintWriter(err, true), command.split(" "));
  }
}
