package dev.hairpin.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Hosts on which real engines had published ports, and all was well. */
class HealthyHostTest {
  @TestFactory
  Stream<DynamicTest> nothingIsFoundWhereARealEngineWroteItsRules() throws Exception {
    return recordings()
        .filter(HealthyHostTest::isHealthy)
        .map(scenario ->
            DynamicTest.dynamicTest(
                name(scenario),
                () -> {
                  Diagnosis diagnosis =
                      RecordedHost.of(scenario, scenario.getParent().getFileName().toString())
                          .diagnosis();
                  assertThat(ofPorts(diagnosis)).isEmpty();
                }));
  }

  @TestFactory
  Stream<DynamicTest> norWhereNothingTellsHowTheEngineWasStarted() throws Exception {
    return recordings()
        // An engine without rules can't be told from one whose rules are gone.
        .filter(scenario -> !scenario.endsWith("no-iptables-v6"))
        .filter(HealthyHostTest::isHealthy)
        .map(scenario ->
            DynamicTest.dynamicTest(
                name(scenario),
                () -> {
                  Diagnosis diagnosis =
                      RecordedHost.of(scenario, scenario.getParent().getFileName().toString())
                          .withoutSettings()
                          .diagnosis();
                  assertThat(ofPorts(diagnosis)).isEmpty();
                }));
  }

  @TestFactory
  Stream<DynamicTest> norWhereNothingIsKnownButRules() throws Exception {
    return recordings()
        .filter(scenario -> !scenario.getParent().endsWith("29.7.2-nft"))
        .map(scenario ->
            DynamicTest.dynamicTest(
                name(scenario),
                () ->
                    assertThat(
                            RecordedHost.of(scenario, scenario.getParent().getFileName().toString())
                                .diagnosisOfRules()
                                .findings())
                        .isEmpty()));
  }

  /** In some recordings there are containers that could not be started. */
  private static List<Finding> ofPorts(Diagnosis diagnosis) {
    return diagnosis.findings().stream().filter(finding -> !couldNotStart(finding)).toList();
  }

  private static boolean couldNotStart(Finding finding) {
    return finding.ways().isEmpty()
        && (finding.code() == Code.NOT_RUNNING || finding.code() == Code.PORT_TAKEN);
  }

  /** There the engine was told not to switch forwarding on, and nobody else had. */
  private static boolean isHealthy(Path scenario) {
    return !scenario.endsWith("ip-forward-false");
  }

  /** Whoever was answered then is told to be, and nobody else. */
  @TestFactory
  Stream<DynamicTest> whoReachedAPortIsToldToReachIt() throws Exception {
    return recordings()
        .filter(scenario -> Files.exists(scenario.resolve("reach.tsv")))
        .map(scenario -> DynamicTest.dynamicTest(name(scenario), () -> compareWithReach(scenario)));
  }

  private static void compareWithReach(Path scenario) throws Exception {
    Diagnosis diagnosis =
        RecordedHost.of(scenario, scenario.getParent().getFileName().toString()).diagnosis();
    Map<String, String> recorded = new HashMap<>();
    for (String line : Files.readAllLines(scenario.resolve("reach.tsv"))) {
      List<String> column = List.of(line.split("\t", -1));
      String from = column.get(3).startsWith("peer:") ? "peer" : column.get(3);
      recorded.put(column.get(0) + " " + from + " " + column.get(5), column.get(6));
    }
    List<String> otherwise = new ArrayList<>();
    for (Diagnosis.Checked each : diagnosis.checked()) {
      String result = recorded.get(question(each.way()));
      if (result != null && !result.startsWith("error ") && !isAsTold(each, result)) {
        otherwise.add(each.way() + " " + each.reach() + ", and was " + result);
      }
    }
    assertThat(otherwise).as(name(scenario)).isEmpty();
  }

  private static String question(Way way) {
    String from =
        switch (way.asker()) {
          case OUTSIDE -> "outside";
          case HOST, LOCALHOST -> "host";
          case ITSELF -> "self";
          case NEIGHBOUR -> "peer";
        };
    return way.binding().protocol()
        + " "
        + from
        + " "
        + way.packet().destination().withPort(way.packet().destinationPort());
  }

  private static boolean isAsTold(Diagnosis.Checked told, String result) {
    return switch (told.reach()) {
      case REACHED -> result.startsWith("open ");
      case BY_PROXY -> result.startsWith("open ") || isLostByProxy(told.way());
      case NOT_MEANT, LOST -> !result.startsWith("open ");
      case UNKNOWN -> true;
    };
  }

  /** Engines before 28 have proxies that answer a datagram from another address than was asked. */
  private static boolean isLostByProxy(Way way) {
    return way.binding().protocol() == Protocol.UDP;
  }

  private static String name(Path scenario) {
    return scenario.getParent().getFileName() + " " + scenario.getFileName();
  }

  private static Stream<Path> recordings() throws Exception {
    List<Path> all = new ArrayList<>();
    for (String engine : List.of("20.10.24", "26.1.5", "28.5.2", "29.7.2", "29.7.2-nft")) {
      try (Stream<Path> scenarios = Files.list(RecordedHost.recorded().resolve(engine)).sorted()) {
        scenarios.forEach(all::add);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    return all.stream();
  }
}
