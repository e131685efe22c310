package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
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
  /** The recorded engines, and whose layout each writes. */
  private static final Map<String, String> LAYOUTS = new LinkedHashMap<>();

  static {
    LAYOUTS.put("20.10.24", "docker20");
    LAYOUTS.put("26.1.5", "docker20");
    LAYOUTS.put("28.5.2", "docker28");
    LAYOUTS.put("29.7.2", "docker29");
    LAYOUTS.put("29.7.2-nft", "docker29-nft");
  }

  private static final Map<String, String> FILES =
      Map.of("iptables", "iptables.txt", "ip6tables", "ip6tables.txt");

  /** What the three files can't tell, and has to be said beside them. */
  private static final Map<String, List<String>> SAID_BESIDE = Map.of();

  private static final String FORWARDED_BEFORE =
      "forwarding was on before the engine started, which no file says";
  private static final String OPENED_BEFORE =
      "a rule that the engine took back left its table, mangle, open";

  /** Where the files say too little, and why. */
  private static final Map<String, String> DIFFERS =
      Map.of(
          "20.10.24 forwarding-on", FORWARDED_BEFORE,
          "26.1.5 forwarding-on", FORWARDED_BEFORE,
          "20.10.24 sctp", OPENED_BEFORE,
          "26.1.5 sctp", OPENED_BEFORE,
          "20.10.24 noproxy-sctp", OPENED_BEFORE,
          "26.1.5 noproxy-sctp", OPENED_BEFORE,
          "20.10.24 host-ipv4-snat", "the layout does not look at com.docker.network.host_ipv4");

  private static final Map<String, Map<String, String>> TABLE = new TreeMap<>();

  static Stream<RecordedScenario> scenarios() {
    return LAYOUTS.entrySet().stream()
        .filter(engine -> exists(engine.getValue()))
        .flatMap(engine -> RecordedScenario.of(engine.getKey(), engine.getValue()).stream());
  }

  private static boolean exists(String layout) {
    return Stream.of(LayoutName.values()).anyMatch(name -> name.keyword().equals(layout));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scenarios")
  void theRulesAreThoseThatTheEngineWrote(RecordedScenario scenario) {
    List<String> more = SAID_BESIDE.getOrDefault(scenario.name(), List.of());
    List<String> unequal = new ArrayList<>();
    FILES.forEach((format, file) -> {
      if (!scenario.planned(format, more).equals(scenario.recorded(file))) {
        unequal.add(file);
      }
    });

    Optional<String> reason = Optional.ofNullable(DIFFERS.get(scenario.toString()));
    note(scenario, unequal.isEmpty() ? "equal" : "differs");
    if (reason.isEmpty()) {
      FILES.forEach((format, file) ->
          assertThat(scenario.planned(format, more)).as(file).isEqualTo(scenario.recorded(file)));
    } else {
      assertThat(unequal).as("listed as different, because " + reason.get()).isNotEmpty();
    }
  }

  private static void note(RecordedScenario scenario, String outcome) {
    TABLE.computeIfAbsent(scenario.name(), name -> new TreeMap<>()).put(scenario.engine(), outcome);
  }

  @AfterAll
  static void writeTable() throws IOException {
    StringBuilder text = new StringBuilder();
    TABLE.forEach((scenario, outcomes) -> text.append(scenario + " " + outcomes + "\n"));
    Files.writeString(Path.of("target/plan-scenarios.txt"), text.toString());
    System.out.print(text);
  }
}
