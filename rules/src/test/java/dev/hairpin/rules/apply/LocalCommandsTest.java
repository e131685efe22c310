package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LocalCommandsTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final CommandRunner commands = CommandRunner.local();

  @Test
  void outputErrorsAndExitStatusAreKeptApart() throws CommandException {
    CommandRunner.Finished finished = commands.run("sh", "-c", "echo out; echo err >&2; exit 3");

    assertThat(finished).isEqualTo(new CommandRunner.Finished(3, "out\n", "err\n"));
    assertThat(finished.isSuccess()).isFalse();
    assertThat(finished.firstError()).isEqualTo("err");
  }

  @Test
  void theProcessIdOfEachToolIsTold() throws CommandException {
    List<Long> started = new ArrayList<>();
    CommandRunner telling = CommandRunner.local(started::add);

    String first = telling.run("sh", "-c", "echo $$").output().strip();
    String second = telling.run("sh", "-c", "echo $$").output().strip();

    assertThat(started).containsExactly(Long.valueOf(first), Long.valueOf(second));
  }

  @Test
  void argumentsAreNeverSplitOrExpanded() throws CommandException {
    String hostile = "$(id) `id` ; \"a\" 'b' \n*";

    assertThat(commands.run("printf", "%s", hostile).output()).isEqualTo(hostile);
  }

  @Test
  void aToolMayReadAndWriteMoreThanAPipeHolds() throws CommandException {
    String much = "0123456789abcdef\n".repeat(200_000);

    CommandRunner.Finished finished =
        commands.run(List.of("sh", "-c", "tee /dev/stderr"), much, SOON);

    assertThat(finished.output()).isEqualTo(much);
    assertThat(finished.errors()).isEqualTo(much);
  }

  @Test
  void aToolNeedNotReadItsInput() throws CommandException {
    String much = "0123456789abcdef\n".repeat(200_000);

    assertThat(commands.run(List.of("sh", "-c", "exit 2"), much, SOON).exitStatus()).isEqualTo(2);
  }

  @Test
  void aToolThatNeverStopsPrintingIsCutOff() {
    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> commands.run("yes"))
        .withMessage("run yes: printed more than 64 MiB");
  }

  @Test
  void messagesAreInEnglish() throws CommandException {
    assertThat(commands.run("sh", "-c", "echo $LC_ALL").output()).isEqualTo("C\n");
  }

  @Test
  void aToolThatIsNotInstalledIsNamedWithItsPackage() {
    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> commands.run("hairpin-no-such-tool"))
        .withMessage("run hairpin-no-such-tool: not found on PATH; install hairpin-no-such-tool");
  }

  @Test
  void aToolIsKilledAtItsDeadlineWithAllThatItStarted() {
    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() ->
            commands.run(List.of("sh", "-c", "sleep 100 & sleep 100"), "", Duration.ofMillis(200)))
        .withMessage("run sh: killed after 200 ms");
  }

  @Test
  void anInterruptEndsTheWaitAndIsKept() {
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> commands.run("sleep", "100"))
        .withMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anotherNamespaceIsEnteredByItsFile() throws CommandException {
    CommandRunner echo =
        (argv, input, deadline) -> new CommandRunner.Finished(0, String.join(" ", argv), input);

    assertThat(echo.inNamespace(Path.of("/run/netns/ns1")).run("iptables-save", "-c").output())
        .isEqualTo("nsenter --net=/run/netns/ns1 -- iptables-save -c");
  }

  @Test
  void aToolThatIsMissingInAnotherNamespaceIsNamedToo() {
    CommandRunner failing =
        (argv, input, deadline) ->
            new CommandRunner.Finished(
                127, "", "nsenter: failed to execute conntrack: No such file or directory\n");

    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> failing.inNamespace(Path.of("/run/netns/ns1")).run("conntrack", "-L"))
        .withMessage("run conntrack: not found on PATH; install conntrack");
  }
}
