package dev.hairpin.agent.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.agent.tracing.TraceFilter.Flow;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.FirewallException;
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

  @Test
  void itsRemovalIsCertainBeforeItIsThere() throws FirewallException {
    tools.answer(NOTHING).answer(NOTHING);

    TraceTable table = open(NOTHING);

    assertThat(table.name()).isEqualTo(NAME);
    assertThat(tools.asked)
        .containsExactly(
            "nft list tables",
            "certain: add table inet " + NAME + "\ndelete table inet " + NAME,
            "nft -f -");
    assertThat(tools.input).isEqualTo(TraceScript.of(FILTER, NAME));
    table.close();
    table.close();
    assertThat(tools.asked).endsWith("nft -f -", "removed").hasSize(4);
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
                table bridge hairpin-trace-7
                table ip hairpin-trace-7
                """,
                ""))
        .answer(NOTHING)
        .answer(NOTHING)
        .answer(NOTHING)
        .answer(NOTHING);

    open(NOTHING);

    assertThat(tools.asked)
        .startsWith(
            "nft list tables",
            "nft delete table inet hairpin-trace-7",
            "nft delete table inet hairpin-trace-42",
            "nft delete table bridge hairpin-trace-7",
            "certain: add table inet hairpin-trace-42\ndelete table inet hairpin-trace-42");
  }

  @Test
  void oneThatIsGoneAlreadyIsRemoved() throws FirewallException {
    tools.answer(NOTHING).answer(NOTHING);

    open(new Finished(1, "", "Error: Could not process rule: No such file or directory")).close();

    assertThat(tools.asked).endsWith("removed");
  }

  @Test
  void oneThatStaysIsNamed() throws FirewallException {
    tools.answer(NOTHING).answer(NOTHING);
    TraceTable table = open(new Finished(1, "", "Error: Could not process rule: Device busy"));

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(table::close)
        .withMessage(
            "remove table inet hairpin-trace-42: nft exited 1: Could not process rule: Device busy");
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
        .isThrownBy(() -> open(NOTHING))
        .withMessage(
            "trace packets with table inet hairpin-trace-42: nft exited 1: Could not process rule:"
                + " Operation not permitted; run as root");
    assertThat(tools.asked).endsWith("removed");
  }

  @Test
  void aMissingToolIsNamed() {
    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> open(NOTHING))
        .withMessage("look for what a trace left: the tool is missing");
  }

  @Test
  void whatIsTracedAndWhatIsNotAreCounted() throws FirewallException {
    tools
        .answer(NOTHING)
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

    assertThat(open(NOTHING).counts()).isEqualTo(new TraceTable.Counts(20, 5));
    assertThat(tools.asked).endsWith("nft -j list counters table inet hairpin-trace-42");
  }

  @Test
  void thatOfBridgesIsRemovedAlongWithTheOther() throws FirewallException {
    tools.answer(NOTHING).answer(NOTHING);

    open(new TraceFilter(FILTER.flows(), TraceFilter.Layers.IP_AND_BRIDGE, 20), NOTHING);

    assertThat(tools.asked.get(1))
        .isEqualTo(
            """
            certain: add table inet hairpin-trace-42
            delete table inet hairpin-trace-42
            add table bridge hairpin-trace-42
            delete table bridge hairpin-trace-42\
            """);
    assertThat(tools.input).contains("\ntable bridge hairpin-trace-42 {\n");
  }

  @Test
  void aPacketThatBothTablesHaveCountedIsOne() throws FirewallException {
    tools
        .answer(NOTHING)
        .answer(NOTHING)
        .answer(counters("inet", 3, 0))
        .answer(counters("bridge", 2, 7));

    assertThat(
            open(new TraceFilter(FILTER.flows(), TraceFilter.Layers.IP_AND_BRIDGE, 20), NOTHING)
                .counts())
        .isEqualTo(new TraceTable.Counts(3, 7));
  }

  private static Finished counters(String family, int traced, int passedOver) {
    return new Finished(
        0,
        String.format(
            """
            {"nftables": [
              {"counter": {"family": "%1$s", "name": "traced", "packets": %2$d}},
              {"counter": {"family": "%1$s", "name": "passed-over", "packets": %3$d}}]}
            """,
            family, traced, passedOver),
        "");
  }

  /** One whose removal will have that answer. */
  private TraceTable open(Finished removed) throws FirewallException {
    return open(FILTER, removed);
  }

  private TraceTable open(TraceFilter filter, Finished removed) throws FirewallException {
    return TraceTable.open(
        filter,
        script -> {
          tools.asked.add("certain: " + script.strip());
          return () -> {
            tools.asked.add("removed");
            return removed;
          };
        },
        tools,
        PID,
        pid -> pid != 7);
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
