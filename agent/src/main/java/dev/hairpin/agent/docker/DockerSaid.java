package dev.hairpin.agent.docker;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.dockerjava.api.exception.DockerException;
import dev.hairpin.rules.binding.Publisher;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What Docker says of itself, its networks and its containers, as text in which there is nothing
 * but what published ports depend on.
 *
 * @param version of the engine; empty where it doesn't say
 * @param networks as {@code docker network inspect} prints them
 * @param containers as {@code docker inspect} prints them
 * @param running those that have a process
 */
public record DockerSaid(
    String version, String networks, String containers, List<Running> running) {
  /** A person waits for it. */
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  public DockerSaid {
    requireNonNull(version, "version");
    requireNonNull(networks, "networks");
    requireNonNull(containers, "containers");
    running = List.copyOf(running);
  }

  /**
   * A container that runs.
   *
   * @param pid of its first process, as Docker's host counts
   * @param publishes whether it has ports that are published, or should be
   */
  public record Running(Publisher.Container publisher, long pid, boolean publishes) {
    public Running {
      requireNonNull(publisher, "publisher");
    }
  }

  /**
   * Asks.
   *
   * @throws DockerUnreachableException if dockerd does not answer
   */
  public static DockerSaid ask(DockerHost host) throws DockerUnreachableException {
    try (EngineConnection engine = EngineConnection.open(host, DEADLINE)) {
      return of(
          engine.engineVersion(),
          LiveInspection.askNetworks(engine),
          LiveInspection.askContainers(engine));
    } catch (DockerException e) {
      throw EngineConnection.unreachable(host, "list networks and containers", e);
    }
  }

  static DockerSaid of(String version, List<JsonValue> networks, List<JsonValue> containers) {
    List<JsonNode> kept =
        containers.stream().map(each -> KeptFields.ofContainer(each.node())).toList();
    return new DockerSaid(
        version,
        DockerText.lines(networks.stream().map(each -> KeptFields.ofNetwork(each.node()))),
        DockerText.lines(kept.stream()),
        kept.stream().flatMap(DockerSaid::running).toList());
  }

  private static Stream<Running> running(JsonNode container) {
    JsonNode pid = container.path("State").path("Pid");
    String id = container.path("Id").asText();
    if (id.isEmpty() || pid.asLong() <= 0) {
      return Stream.empty();
    }
    boolean publishes =
        Stream.of(
                container.path("NetworkSettings").path("Ports"),
                container.path("HostConfig").path("PortBindings"),
                container.path("Config").path("Labels"))
            .flatMap(DockerSaid::members)
            .anyMatch(each -> !each.isNull() && !isEmptyArray(each));
    return Stream.of(
        new Running(
            InspectedContainer.publisher(id, container.path("Name").asText()),
            pid.asLong(),
            publishes));
  }

  private static Stream<JsonNode> members(JsonNode listed) {
    return listed.properties().stream().map(Map.Entry::getValue);
  }

  private static boolean isEmptyArray(JsonNode each) {
    return each.isArray() && each.isEmpty();
  }
}
