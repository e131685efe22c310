package dev.hairpin.rules.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.layouts.LayoutName;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Walks every row over the rules that the layouts write. */
class PromisesTest {
  private static final Map<String, Foretold> MODELS = new ConcurrentHashMap<>();

  static Stream<Promises.Case> everyRowOnEveryLayout() {
    return Stream.of(LayoutName.values()).flatMap(Promises::of);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyRowOnEveryLayout")
  void itIsKept(Promises.Case row) {
    Foretold foretold =
        MODELS.computeIfAbsent(
            row.layout() + " " + row.situation() + " " + row.family(),
            any -> new Foretold(row.layout(), row.situation(), row.family()));

    assertThat(foretold.answer(row.question())).as(row.toString()).isEqualTo(row.expected());
  }
}
