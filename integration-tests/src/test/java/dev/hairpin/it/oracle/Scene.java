package dev.hairpin.it.oracle;

import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.World;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * An engine at work in a world, and what can be seen of it there.
 *
 * <p>Addresses need no translation: an engine hands them out in the same order in every world. Nor
 * do ephemeral ports. Names of bridges are random, and are replaced by others, by network.
 */
final class Scene {
  private static final Pattern WORD = Pattern.compile("'[^']*'|\\S+");

  private final World world;
  private final Engine engine;
  private final UnaryOperator<String> bridgeOfNetwork;
  private final Map<String, String> bridgeNames = new HashMap<>();

  /**
   * @param bridgeOfNetwork what the bridge of a network, given by name, is called here
   */
  Scene(World world, Engine engine, UnaryOperator<String> bridgeOfNetwork) {
    this.world = world;
    this.engine = engine;
    this.bridgeOfNetwork = bridgeOfNetwork;
  }

  World world() {
    return world;
  }

  Engine engine() {
    return engine;
  }

  /** Gives a docker command, and takes note of the bridge that it made. */
  Command.Finished docker(String arguments) {
    Command.Finished finished = engine.docker().and(words(arguments)).attempt();
    if (finished.exit() == 0 && arguments.startsWith("network create ")) {
      String network = arguments.substring(arguments.lastIndexOf(' ') + 1);
      bridgeNames.put(engine.bridgeOf(network), bridgeOfNetwork.apply(network));
    }
    return finished;
  }

  /** As a shell would see them: single quotes keep a word together. */
  private static List<String> words(String arguments) {
    return WORD.matcher(arguments).results().map(word -> word.group().replace("'", "")).toList();
  }

  /** What {@code iptables-save} or {@code ip6tables-save} prints, without comments and counters. */
  List<String> rules(String tool) {
    return called(engine.saved(tool))
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(Scene::withoutCounters)
        .toList();
  }

  /** {@code :FORWARD DROP [12:720]} loses what was counted. */
  private static String withoutCounters(String line) {
    return line.startsWith(":") ? line.substring(0, line.lastIndexOf(' ')) : line;
  }

  /** Protocol, state and address of the host's listening sockets. */
  List<String> listening() {
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

  /** The addresses of one of the host's links that others can use, with their prefix lengths. */
  List<InterfaceAddress> addressesOf(String link) {
    return world
        .host()
        .command("ip", "-o", "address", "show", "dev", link, "scope", "global")
        .run()
        .lines()
        .map(line -> InterfaceAddress.parse(line.trim().split("\\s+", -1)[3]))
        .toList();
  }

  /** The running containers, by name. */
  Map<String, Long> containers() {
    return engine
        .run("ps", "--format", "{{.Names}}")
        .lines()
        .collect(toUnmodifiableMap(name -> name, engine::pidOf));
  }

  /** A text with the names that are used here for bridges. */
  String called(String text) {
    String renamed = text;
    for (Map.Entry<String, String> bridge : bridgeNames.entrySet()) {
      renamed = renamed.replace(bridge.getKey(), bridge.getValue());
    }
    return renamed;
  }

  /** A text with the bridges' own names. */
  String actual(String text) {
    String renamed = text;
    for (Map.Entry<String, String> bridge : bridgeNames.entrySet()) {
      renamed = renamed.replace(bridge.getValue(), bridge.getKey());
    }
    return renamed;
  }
}
