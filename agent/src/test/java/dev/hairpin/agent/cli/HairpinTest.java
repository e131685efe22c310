package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class HairpinTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path directory;

  @Test
  void usageErrorsAreOneLineAndExitCodeTwo() {
    for (String[] arguments :
        new String[][] {
          {"frobnicate"},
          {"publish"},
          {"publish", "ns1"},
          {"ps", "--nonsense"},
          {"agent", "--replace", "--beside"},
          {"agent", "--userland-proxy=perhaps"},
          {"agent", "--layout=docker17"},
          {"agent", "--bridge-accept-fwmark=blue"},
          {"agent", "--metrics=0.0.0.0:9105"},
          {"agent", "--metrics=127.0.0.1"},
          {"agent", "--metrics=127.0.0.1:99999"},
          {"agent", "--metrics=localhost:9105"},
          {"agent", "--config=/no/such/file"},
          {"rules", "--explain", "--layout=docker17"},
          {"rules", "--layout=docker28"}
        }) {
      assertThat(run(arguments)).as(String.join(" ", arguments)).isEqualTo(2);
      assertThat(err.toString()).hasLineCount(1).startsWith("hairpin: ");
      assertThat(out.toString()).isEmpty();
      err.getBuffer().setLength(0);
    }
  }

  @Test
  void withoutAnAgentThereIsOneClearLine() {
    assertThat(run("ps", "--run-dir", directory.toString())).isEqualTo(2);
    assertThat(err.toString())
        .hasLineCount(1)
        .contains("nobody listens there; start it with \"hairpin agent\"");
  }

  @Test
  void controlCharactersOfAnArgumentDoNotReachTheTerminal() {
    assertThat(run("\u001b[31mfrob\nnicate")).isEqualTo(2);
    assertThat(err.toString()).hasLineCount(1).doesNotContain("\u001b");
  }

  @Test
  void everyCommandHasHelp() {
    for (String command : Hairpin.commandLine().getSubcommands().keySet()) {
      assertThat(run(command, "--help")).as(command).isZero();
    }
  }

  @Test
  void theVersionIsOneLine() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).hasLineCount(1).startsWith("hairpin ");
  }

  @Test
  void thePathToTypeIsOneWordForTheShell() {
    assertThat(LabCommand.shellWord(Path.of("/opt/hairpin-1/agent/bin/hairpin")))
        .isEqualTo("/opt/hairpin-1/agent/bin/hairpin");
    assertThat(LabCommand.shellWord(Path.of("/home/a b/it's"))).isEqualTo("'/home/a b/it'\\''s'");
  }

  @Test
  void aFileWhereTheRunDirectoryShouldBeIsNoQuestionOfPermission() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));

    assertThat(run("ps", "--run-dir", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("nobody listens there");
  }

  @Test
  void aTableIsAsWideAsItsCells() {
    TextTable table = new TextTable("A", "LONG");
    table.row("value", "\u0007x");
    table.print(new PrintWriter(out, true));

    assertThat(out.toString().lines()).containsExactly("A       LONG", "value   \\u0007x");
  }

  private int run(String... arguments) {
    CommandLine commandLine =
        Hairpin.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }
}
