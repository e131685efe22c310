package dev.hairpin.it.oracle;

import static java.util.stream.Collectors.toUnmodifiableMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.World;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Gives an engine the commands of a scenario again, and says what came of it in the words of the
 * recording.
 *
 * <p>Addresses need no translation: the engine hands them out in the same order in every world. Nor
 * do ephemeral ports. Names of bridges are random, and are replaced by those of the recording, by
 * network: {@link #recorded}.
 */
public final class Replay {
  private static final Pattern WORD = Pattern.compile("'[^']*'|\\S+");

  private final World world;
  private final Recording recording;
  private final Map<String, String> recordedBridges = Recording.bridges();
  private final Map<String, String> bridgeNames = new HashMap<>();
  private final List<Integer> exits;
  private Engine engine;

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
    engine = start.apply(flags);
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

  public Engine engine() {
    return engine;
  }

  /** The IPv4 rules as they are now, in the words of the recording. */
  public List<String> rules() {
    return rules("iptables-save");
  }

  /** The IPv6 rules. */
  public List<String> rules6() {
    return rules("ip6tables-save");
  }

  /** Listening sockets of the host, in the words of the recording. */
  public List<String> listening() {
    return world
        .host()
        .command("ss", "-Hlntu")
        .run()
        .lines()
        .map(line -> line.split("\\s+", -1))
        .map(column -> String.join(" ", column[0], column[1], column[4]))
        .sorted()
        .toList();
  }

  /** A text with the names that the recording uses. */
  public String recorded(String text) {
    String renamed = text;
    for (Map.Entry<String, String> bridge : bridgeNames.entrySet()) {
      renamed = renamed.replace(bridge.getKey(), bridge.getValue());
    }
    return renamed;
  }

  /** A text of the recording with the names that are used here. */
  String actual(String text) {
    String renamed = text;
    for (Map.Entry<String, String> bridge : bridgeNames.entrySet()) {
      renamed = renamed.replace(bridge.getValue(), bridge.getKey());
    }
    return renamed;
  }

  /** The running containers, by name. */
  Map<String, Long> containers() {
    return engine
        .run("ps", "--format", "{{.Names}}")
        .lines()
        .collect(toUnmodifiableMap(name -> name, engine::pidOf));
  }

  /** Gives a docker command, which must end as it did when it was recorded. */
  private void docker(String arguments) {
    Command.Finished finished = engine.docker().and(words(arguments)).attempt();
    int recorded = exits.isEmpty() ? 0 : exits.removeFirst();
    assertThat(finished.exit()).as("exit of %s: %s", arguments, finished.err()).isEqualTo(recorded);
    if (arguments.startsWith("network create ")) {
      String network = arguments.substring(arguments.lastIndexOf(' ') + 1);
      bridgeNames.put(engine.bridgeOf(network), recordedBridges.get(network));
    }
  }

  /** As a shell would see them: single quotes keep a word together. */
  private static List<String> words(String arguments) {
    return WORD.matcher(arguments).results().map(word -> word.group().replace("'", "")).toList();
  }

  private List<String> rules(String tool) {
    return recorded(world.saved(tool))
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(Replay::withoutCounters)
        .toList();
  }

  /** {@code :FORWARD DROP [12:720]} loses what was counted. */
  private static String withoutCounters(String line) {
    return line.startsWith(":") ? line.substring(0, line.lastIndexOf(' ')) : line;
  }
}
