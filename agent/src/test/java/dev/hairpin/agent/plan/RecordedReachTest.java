package dev.hairpin.agent.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Who reached what on hosts with real engines, foretold from our rules alone. */
class RecordedReachTest {
  @TestFactory
  Stream<DynamicTest> everyoneReachesWhatTheyReachedWithDockerd()
      throws IOException, URISyntaxException {
    Path recorded = Path.of(RecordedReachTest.class.getResource("/recorded").toURI());
    List<DynamicTest> tests = new ArrayList<>();
    for (RecordedEngine engine : RecordedEngine.values()) {
      try (Stream<Path> scenarios = Files.list(recorded.resolve(engine.folder())).sorted()) {
        scenarios
            .filter(scenario -> Files.exists(scenario.resolve("reach.tsv")))
            .map(scenario ->
                DynamicTest.dynamicTest(
                    engine.folder() + " " + scenario.getFileName(),
                    () -> compare(engine, scenario)))
            .forEach(tests::add);
      }
    }
    return tests.stream();
  }

  private static void compare(RecordedEngine engine, Path scenario) throws Exception {
    List<ReachRow> rows =
        Files.readAllLines(scenario.resolve("reach.tsv")).stream()
            .skip(1)
            .map(ReachRow::parse)
            .filter(row -> !row.wasNotSent())
            .toList();
    RecordedWorld world = RecordedWorld.of(engine, scenario, rows);
    List<String> foretold = new ArrayList<>();
    List<String> otherwise = new ArrayList<>();
    for (ReachRow row : rows) {
      world
          .answer(row)
          .ifPresent(answer ->
              (answer.equals(row.result()) ? foretold : otherwise)
                  .add(row + ", but foretold was: " + answer));
    }

    assertThat(otherwise).as(engine.folder() + " " + scenario.getFileName()).isEmpty();
    assertThat(foretold).isNotEmpty();
  }
}
