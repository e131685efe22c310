package dev.hairpin.agent.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.agent.tracing.TraceFilter.Flow;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.NftContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class TraceTableTest {
  private static final TraceFilter FILTER = TraceFilter.of(20, Flow.to(Protocol.TCP, 8080));
  private static final long PID = 42;
  private static final String NAME = "hairpin-trace-42";
  private static final Finished NOTHING = new Finished(0, "", "");

  private final Tools tools = new Tools();
  private final List<String> inProcess = new ArrayList<>();

  @Test
  void whereTablesCanBeOwnedTheSocketHoldsIt() throws FirewallException {
    tools.answer(NOTHING);

    TraceTable table = open(owner(NOTHING));

    assertThat(table.isOwned()).isTrue();
    assertThat(table.name()).isEqualTo(NAME);
    assertThat(inProcess).containsExactly(TraceScript.of(FILTER, NAME, /* owned= */ true));
    table.close();
    table.close();
    assertThat(inProcess).endsWith("closed").hasSize(2);
    assertThat(tools.asked).containsExactly("nft list tables inet");
  }

  @Test
  void whereTheyCannotItIsMadeAndRemovedByTheProgram() throws FirewallException {
    tools.answer(NOTHING).answer(NOTHING).answer(NOTHING);

    TraceTable table = open(owner(new Finished(1, "", "1:1-2: Error: Operation not supported")));

    assertThat(table.isOwned()).isFalse();
    assertThat(inProcess).endsWith("closed");
    assertThat(tools.input).isEqualTo(TraceScript.of(FILTER, NAME, /* owned= */ false));
    table.close();
    table.close();
    assertThat(tools.asked)
        .containsExactly("nft list tables inet", "nft -f -", "nft delete table inet " + NAME);
  }

  @Test
  void aSystemWithoutTheLibraryHasTheProgram() throws FirewallException {
    tools.answer(NOTHING).answer(NOTHING);

    assertThat(open(NftContext.Opener.NONE).isOwned()).isFalse();
  }

  @Test
  void whatATraceThatWasKilledLeftIsRemoved() throws FirewallException {
    tools
        .answer(
            new Finished(
                0,
                """
                table inet filter
                table inet hairpin-trace-7
                table inet hairpin-trace-8
                table inet hairpin-trace-x
                table inet hairpin-trace-42
                """,
                ""))
        .answer(NOTHING)
        .answer(NOTHING);

    open(owner(NOTHING)).close();

    assertThat(tools.asked)
        .containsExactly(
            "nft list tables inet",
            "nft delete table inet hairpin-trace-7",
            "nft delete table inet hairpin-trace-42");
  }

  @Test
  void oneThatIsGoneAlreadyIsRemoved() throws FirewallException {
    tools
        .answer(NOTHING)
        .answer(NOTHING)
        .answer(new Finished(1, "", "Error: Could not process rule: No such file or directory"));

    open(NftContext.Opener.NONE).close();

    assertThat(tools.asked).hasSize(3);
  }

  @Test
  void aRefusalIsOneLineThatSaysWhatHelps() {
    tools
        .answer(NOTHING)
        .answer(
            new Finished(
                1,
                "",
                """
                /dev/stdin:1:1-2: Error: Could not process rule: Operation not permitted
                table inet hairpin-trace-42 {
                ^^
                """));

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> open(NftContext.Opener.NONE))
        .withMessage(
            "trace packets with table inet hairpin-trace-42: nft exited 1: Could not process rule:"
                + " Operation not permitted; run as root");
  }

  @Test
  void aMissingToolIsNamed() {
    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> open(owner(NOTHING)))
        .withMessage("look for what a trace left: the tool is missing");
  }

  @Test
  void whatIsTracedAndWhatIsNotAreCounted() throws FirewallException {
    tools
        .answer(NOTHING)
        .answer(
            new Finished(
                0,
                """
                {"nftables": [{"metainfo": {"version": "1.0.6"}},
                  {"counter": {"family": "inet", "name": "traced", "table": "hairpin-trace-42", "handle": 2, "packets": 20, "bytes": 1200}},
                  {"counter": {"family": "inet", "name": "passed-over", "table": "hairpin-trace-42", "handle": 3, "packets": 5, "bytes": 300}}]}
                """,
                ""));

    assertThat(open(owner(NOTHING)).counts()).isEqualTo(new TraceTable.Counts(20, 5));
    assertThat(tools.asked).endsWith("nft -j list counters table inet hairpin-trace-42");
  }

  private TraceTable open(NftContext.Opener owners) throws FirewallException {
    return TraceTable.open(FILTER, owners, tools, PID, pid -> pid != 7);
  }

  private NftContext.Opener owner(Finished answer) {
    return () ->
        new NftContext() {
          @Override
          public Finished run(String script) {
            inProcess.add(script);
            return answer;
          }

          @Override
          public Finished check(String script) throws IOException {
            throw new IOException("nothing is to be checked");
          }

          @Override
          public void close() {
            inProcess.add("closed");
          }
        };
  }

  /** The system's tools, which say what they were told to. */
  private static final class Tools implements CommandRunner {
    private final Deque<Finished> answers = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();
    private String input = "";

    Tools answer(Finished answer) {
      answers.add(answer);
      return this;
    }

    @Override
    public Finished run(List<String> argv, String read, Duration deadline) throws CommandException {
      asked.add(String.join(" ", argv));
      input = read;
      if (answers.isEmpty()) {
        throw CommandException.notInstalled("the tool is missing");
      }
      return answers.remove();
    }
  }
}
