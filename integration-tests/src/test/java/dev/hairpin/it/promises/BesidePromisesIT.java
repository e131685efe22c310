package dev.hairpin.it.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.promises.BesidePromises;
import dev.hairpin.rules.promises.Promises;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sends the rows as real packets where our rules are beside a dockerd's, of the oldest generation
 * and of the newest.
 */
@NeedsRealNetwork
class BesidePromisesIT {
  private static final List<LayoutName> DOCKERDS =
      List.of(LayoutName.DOCKER20, LayoutName.DOCKER29);
  private static final Plays PLAYS = new Plays();

  @BeforeAll
  static void sendEverything() {
    DOCKERDS.forEach(dockerds -> PLAYS.start(dockerds, Scene.Script.beside(dockerds)));
  }

  @AfterAll
  static void waitForAll() {
    PLAYS.waitForAll();
  }

  static Stream<Promises.Case> everyRowBesideADockerd() {
    return DOCKERDS.stream().flatMap(BesidePromises::of);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyRowBesideADockerd")
  void itIsKept(Promises.Case row) {
    assertThat(PLAYS.answer(row)).as(row.toString()).isEqualTo(row.expected());
  }
}
