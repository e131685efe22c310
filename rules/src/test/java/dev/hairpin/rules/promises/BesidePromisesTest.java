package dev.hairpin.rules.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.layouts.BesideHairpinLayout;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Walks every row over our rules beside those of every dockerd. */
class BesidePromisesTest {
  private static final Map<String, Foretold> MODELS = new ConcurrentHashMap<>();

  static Stream<Promises.Case> everyRowBesideEveryDockerd() {
    return Stream.of(LayoutName.values())
        .filter(layout -> layout != LayoutName.HAIRPIN)
        .flatMap(BesidePromises::of);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyRowBesideEveryDockerd")
  void itIsKept(Promises.Case row) {
    Foretold foretold =
        MODELS.computeIfAbsent(
            BesidePromises.key(row),
            any -> BesidePromises.foretold(new BesideHairpinLayout(), row));

    assertThat(foretold.answer(row.question())).as(row.toString()).isEqualTo(row.expected());
  }

  /** Or all rows could agree on silence. */
  @ParameterizedTest
  @EnumSource(names = {"DOCKER20", "DOCKER28", "DOCKER29"})
  void aPublishedPortIsReachedFromOutsideBesideIt(LayoutName dockerds) {
    assertThat(BesidePromises.of(dockerds, Situation.WITH_PROXY))
        .filteredOn(row ->
            row.sentence().equals("a port published on all addresses is reached from outside"))
        .hasSize(2)
        .allMatch(row -> row.expected().startsWith("open "));
  }
}
