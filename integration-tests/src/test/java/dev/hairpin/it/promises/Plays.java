package dev.hairpin.it.promises;

import dev.hairpin.it.world.World;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.promises.Promises;
import dev.hairpin.rules.promises.Situation;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * Scripts that are played at the same time, each in a world of its own, because most of the time
 * goes by waiting for answers that don't come.
 */
final class Plays {
  private final Map<LayoutName, CompletableFuture<Map<Promises.Case, String>>> answers =
      new EnumMap<>(LayoutName.class);

  /** Begins. */
  void start(LayoutName layout, Scene.Script script) {
    CompletableFuture<Map<Promises.Case, String>> ofLayout = new CompletableFuture<>();
    answers.put(layout, ofLayout);
    Thread.ofPlatform()
        .name("promises of " + layout)
        .start(() -> {
          try {
            ofLayout.complete(answersOf(layout, script));
          } catch (RuntimeException | Error e) {
            ofLayout.completeExceptionally(e);
          }
        });
  }

  /** What came of a row, once its script was played. */
  String answer(Promises.Case row) {
    return answers.get(row.layout()).join().get(row);
  }

  /** Leaves no world behind that a failed one has not waited for. */
  void waitForAll() {
    answers.values().forEach(each -> each.handle((done, failure) -> done).join());
  }

  private static Map<Promises.Case, String> answersOf(LayoutName layout, Scene.Script script) {
    try (World world = World.create()) {
      Scene scene = new Scene(Stage.in(world), script);
      Map<Promises.Case, String> answers = new HashMap<>();
      Stream.of(Situation.values())
          .filter(situation -> situation.isPossibleWith(layout))
          .forEach(situation -> answers.putAll(scene.play(situation)));
      return answers;
    }
  }
}
