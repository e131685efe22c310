package dev.hairpin.it.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.promises.Promises;
import dev.hairpin.rules.promises.Situation;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sends every row of the table as real packets. All layouts are tried at the same time, each in a
 * world of its own, because most of the time goes by waiting for answers that don't come.
 */
@NeedsRealNetwork
class PromisesIT {
  private static final Map<LayoutName, CompletableFuture<Map<Promises.Case, String>>> ANSWERS =
      new EnumMap<>(LayoutName.class);

  @BeforeAll
  static void sendEverything() {
    for (LayoutName layout : LayoutName.values()) {
      CompletableFuture<Map<Promises.Case, String>> answers = new CompletableFuture<>();
      ANSWERS.put(layout, answers);
      Thread.ofPlatform()
          .name("promises of " + layout)
          .start(() -> {
            try {
              answers.complete(answersOf(layout));
            } catch (RuntimeException | Error e) {
              answers.completeExceptionally(e);
            }
          });
    }
  }

  /** Leaves no world behind that a failed one has not waited for. */
  @AfterAll
  static void waitForAll() {
    ANSWERS.values().forEach(answers -> answers.handle((done, failure) -> done).join());
  }

  static Stream<Promises.Case> everyRowOnEveryLayout() {
    return Stream.of(LayoutName.values()).flatMap(Promises::of);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyRowOnEveryLayout")
  void itIsKept(Promises.Case row) {
    assertThat(ANSWERS.get(row.layout()).join().get(row))
        .as(row.toString())
        .isEqualTo(row.expected());
  }

  private static Map<Promises.Case, String> answersOf(LayoutName layout) {
    try (World world = World.create()) {
      Scene scene = new Scene(Stage.in(world), layout);
      Map<Promises.Case, String> answers = new HashMap<>();
      Stream.of(Situation.values())
          .filter(situation -> situation.isPossibleWith(layout))
          .forEach(situation -> answers.putAll(scene.play(situation)));
      return answers;
    }
  }
}
