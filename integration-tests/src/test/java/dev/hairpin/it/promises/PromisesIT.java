package dev.hairpin.it.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.promises.Promises;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sends every row of the table as real packets, under every layout. */
@NeedsRealNetwork
class PromisesIT {
  private static final Plays PLAYS = new Plays();

  @BeforeAll
  static void sendEverything() {
    for (LayoutName layout : LayoutName.values()) {
      PLAYS.start(layout, Scene.Script.of(layout));
    }
  }

  @AfterAll
  static void waitForAll() {
    PLAYS.waitForAll();
  }

  static Stream<Promises.Case> everyRowOnEveryLayout() {
    return Stream.of(LayoutName.values()).flatMap(Promises::of);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyRowOnEveryLayout")
  void itIsKept(Promises.Case row) {
    assertThat(PLAYS.answer(row)).as(row.toString()).isEqualTo(row.expected());
  }
}
