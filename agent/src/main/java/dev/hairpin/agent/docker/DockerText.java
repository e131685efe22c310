package dev.hairpin.agent.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Docker's own words, as text that may come from another machine. Pure. */
public final class DockerText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private DockerText() {}

  /**
   * Reads the arrays that {@code docker network inspect} and {@code docker inspect} print.
   *
   * @param version of the engine; empty where it isn't known
   * @param settings of the daemon; empty where they aren't known
   * @param missing is told of what isn't there and should be, in whole lines
   * @throws ImpossibleInputException if they are something else
   */
  public static DockerInspection inspection(
      String networks,
      String containers,
      Optional<EngineVersion> version,
      Optional<DaemonSettings> settings,
      Consumer<String> missing) {
    boolean writesRules = settings.map(DaemonSettings::iptables).orElse(true);
    return DockerInspection.read(
        JsonText.of("docker network inspect", networks.getBytes(UTF_8)),
        JsonText.of("docker inspect", containers.getBytes(UTF_8)),
        writesRules ? DefaultBridge.AS_IT_SAYS : DefaultBridge.WITHOUT_RULES,
        version,
        missing);
  }

  /**
   * What dockerd's configuration file and command line come to. It takes no setting from both; here
   * those of the command line win.
   *
   * @param daemonJson what is in the file; empty without one
   * @param flags dockerd's arguments
   * @throws ImpossibleInputException if dockerd would refuse them
   */
  public static DaemonSettings settings(Optional<String> daemonJson, List<String> flags) {
    ObjectNode all = JSON.createObjectNode();
    daemonJson.ifPresent(text -> {
      JsonValue file = JsonText.of("daemon.json", text.getBytes(UTF_8));
      if (!file.node().isObject()) {
        throw file.wrong("is not an object");
      }
      all.setAll((ObjectNode) file.node());
    });
    all.setAll(DaemonFlags.asFile(flags));
    return DaemonSettings.read(JsonValue.of("daemon.json", all));
  }

  /**
   * Of dockerd's configuration file only what decides on rules: others of its settings may hold
   * secrets.
   *
   * @throws ImpossibleInputException if it is none
   */
  public static String keptOfDaemonJson(String text) {
    JsonValue file = JsonText.of("daemon.json", text.getBytes(UTF_8));
    if (!file.node().isObject()) {
      throw file.wrong("is not an object");
    }
    return KeptFields.ofDaemon(file.node()).toPrettyString() + "\n";
  }

  /** An array, with a line for each element. */
  static String lines(Stream<JsonNode> elements) {
    return elements.map(JsonNode::toString).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
  }
}
