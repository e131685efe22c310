package dev.hairpin.agent.cli;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code hairpin plan} against real engines: on what they said of their networks and containers it
 * prints what they wrote, byte for byte. The outcome is also a table, in {@code
 * target/plan-scenarios.txt}.
 */
class PlanGoldenTest {
  /** What a recorded engine is called, and whose layout it writes. */
  private record Column(String engine, String layout) {}

  private static final List<Column> COLUMNS =
      List.of(
          new Column("20.10.24", "docker20"),
          new Column("26.1.5", "docker20"),
          new Column("28.5.2", "docker28"),
          new Column("29.7.2", "docker29"),
          new Column("29.7.2-nft", "docker29-nft"));

  private static final List<String> FORMATS = List.of("iptables", "ip6tables", "nft");

  /** What the three files don't tell, and has to be said beside them. */
  private static final Map<String, List<String>> SAID_BESIDE =
      Map.of(
          "forwarding-on",
          List.of(
              "--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "net.ipv6.conf.all.forwarding=1"),
          "no-raw",
          List.of("--env", "DOCKER_INSECURE_NO_IPTABLES_RAW=1"));

  private static final String NOTHING_LEFT =
      "raw is open because of a container that was removed; nothing tells of it any more";
  private static final String RENAMED =
      "nft sorted the bridges by their names, which the recording has changed since; equal when both"
          + " are sorted alike";
  private static final String CHANCE =
      "host and container ports are not ordered alike, and then the engine's order is left to chance";
  private static final String CHANCE_OF_LINKS =
      "a container has two links, and in which order the engine makes them is left to chance";
  private static final String LINK_BEFORE_NETWORK =
      "a network was made after a link; which of them was first does not matter to packets";

  /** Where the files say too little, and why. */
  private static final Map<String, String> DIFFERS =
      Map.ofEntries(
          entry("28.5.2 rm-f", NOTHING_LEFT),
          entry("29.7.2 rm-f", NOTHING_LEFT),
          entry("28.5.2 network-rm", NOTHING_LEFT),
          entry("29.7.2 network-rm", NOTHING_LEFT),
          entry("29.7.2-nft two-nets", RENAMED),
          entry("26.1.5 mixed", CHANCE),
          entry("20.10.24 many-ephemeral", CHANCE),
          entry("26.1.5 many-ephemeral", CHANCE),
          entry("28.5.2 links", CHANCE_OF_LINKS),
          entry("28.5.2 links-then-net", LINK_BEFORE_NETWORK));

  private static final Map<String, Map<String, String>> TABLE = new TreeMap<>();

  static Stream<RecordedScenario> scenarios() {
    return COLUMNS.stream()
        .flatMap(column -> RecordedScenario.of(column.engine(), column.layout()).stream());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scenarios")
  void theRulesAreThoseThatTheEngineWrote(RecordedScenario scenario) {
    List<String> beside = SAID_BESIDE.getOrDefault(scenario.name(), List.of());
    Optional<String> reason = Optional.ofNullable(DIFFERS.get(scenario.toString()));
    Map<String, String> planned = new LinkedHashMap<>();
    FORMATS.forEach(format -> planned.put(format, scenario.planned(format, beside)));
    List<String> unequal =
        FORMATS.stream()
            .filter(format -> !planned.get(format).equals(scenario.recorded(format)))
            .toList();
    note(scenario, unequal, reason, beside);

    if (reason.isPresent()) {
      assertThat(unequal).as(scenario + " is listed: " + reason.get()).isNotEmpty();
    } else {
      planned.forEach((format, text) ->
          assertThat(text).as(scenario + " " + format).isEqualTo(scenario.recorded(format)));
    }
  }

  /** Those whose rules are at most listed in another way. */
  static Stream<RecordedScenario> scenariosWithTheSameRules() {
    return scenarios()
        .filter(scenario ->
            Optional.ofNullable(DIFFERS.get(scenario.toString()))
                .map(reason -> reason.equals(NOTHING_LEFT) || reason.equals(RENAMED))
                .orElse(true));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scenariosWithTheSameRules")
  void nothingWouldChangeOnTheHostOfThatEngine(RecordedScenario scenario) {
    List<String> beside = SAID_BESIDE.getOrDefault(scenario.name(), List.of());
    for (String format : FORMATS) {
      if (!scenario.recorded(format).isEmpty()) {
        assertThat(scenario.changes(format, beside)).as(scenario + " " + format).isEmpty();
      }
    }
  }

  private static void note(
      RecordedScenario scenario,
      List<String> unequal,
      Optional<String> reason,
      List<String> beside) {
    String outcome =
        unequal.isEmpty()
            ? "equal" + (beside.isEmpty() ? "" : " (with " + String.join(" ", beside) + ")")
            : "differs in " + unequal + ": " + reason.orElse("not listed");
    TABLE.computeIfAbsent(scenario.name(), name -> new TreeMap<>()).put(scenario.engine(), outcome);
  }

  @AfterAll
  static void writeTable() throws IOException {
    TextTable table =
        new TextTable(
            Stream.concat(Stream.of("scenario"), COLUMNS.stream().map(Column::engine))
                .toArray(String[]::new));
    List<String> remarks = new ArrayList<>();
    TABLE.forEach((scenario, outcomes) -> {
      List<String> row = new ArrayList<>(List.of(scenario));
      for (Column column : COLUMNS) {
        String outcome = outcomes.getOrDefault(column.engine(), "-");
        row.add(outcome.split(" ", 2)[0]);
        if (outcome.contains(" ")) {
          remarks.add(scenario + ", " + column.engine() + ": " + outcome);
        }
      }
      table.row(row.toArray(String[]::new));
    });
    StringWriter text = new StringWriter();
    try (PrintWriter out = new PrintWriter(text)) {
      table.print(out);
      remarks.forEach(out::println);
    }
    Files.writeString(Path.of("target/plan-scenarios.txt"), text.toString());
    System.out.print(text);
  }
}
