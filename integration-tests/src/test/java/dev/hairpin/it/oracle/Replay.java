package dev.hairpin.it.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Gives an engine the commands of a scenario again. Bridges are called as they were in the
 * recording.
 */
public final class Replay {
  private final World world;
  private final Recording recording;
  private final Map<String, String> recordedBridges = Recording.bridges();
  private final List<Integer> exits;
  private Scene scene;

  public Replay(World world, Recording recording) {
    this.world = world;
    this.recording = recording;
    this.exits = new ArrayList<>(recording.dockerExits());
  }

  /**
   * Runs the scenario to its end.
   *
   * @param start starts an engine with these flags added
   * @param atMoment called at each moment that was recorded, the end included, while the world
   *     stands still
   */
  public void run(Function<String[], Engine> start, Consumer<Recording.Moment> atMoment) {
    List<String> steps = new ArrayList<>(recording.steps());
    String[] flags = {};
    if (steps.getFirst().startsWith("flags ")) {
      flags = steps.removeFirst().substring("flags ".length()).split(" ", -1);
    }
    scene = new Scene(world, start.apply(flags), recordedBridges::get);
    for (String step : steps) {
      String verb = step.substring(0, step.indexOf(' '));
      String rest = step.substring(verb.length() + 1);
      switch (verb) {
        case "docker" -> docker(rest);
        case "host" -> world.host().command(rest.split(" ", -1)).run();
        case "state", "snapshot" -> atMoment.accept(recording.at(rest));
        // What is probed is in the reach table, which is asked again line by line.
        case "probe", "try" -> {}
        default -> throw new IllegalArgumentException("no such step: " + step);
      }
    }
    atMoment.accept(recording.end());
  }

  /** The engine and what can be seen of it, from when it has been started. */
  Scene scene() {
    return scene;
  }

  /** Gives a docker command, which must end as it did when it was recorded. */
  private void docker(String arguments) {
    Command.Finished finished = scene.docker(arguments);
    int recorded = exits.isEmpty() ? 0 : exits.removeFirst();
    assertThat(finished.exit()).as("exit of %s: %s", arguments, finished.err()).isEqualTo(recorded);
  }
}
