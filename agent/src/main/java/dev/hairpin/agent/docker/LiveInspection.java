package dev.hairpin.agent.docker;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.DockerObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a running dockerd once for all that it knows. */
public final class LiveInspection {
  private static final Logger log = LoggerFactory.getLogger(LiveInspection.class);

  /** For each question; the last one may be about thousands of containers. */
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final ObjectMapper JSON = new ObjectMapper();

  private LiveInspection() {}

  /**
   * Asks.
   *
   * @param missing is told of what isn't there and should be, in whole lines
   * @throws DockerUnreachableException if dockerd does not answer
   * @throws ImpossibleInputException if it says what an engine can't say
   */
  public static DockerInspection of(DockerHost host, Consumer<String> missing)
      throws DockerUnreachableException {
    try (EngineConnection engine = EngineConnection.open(host, DEADLINE)) {
      List<InspectedNetwork> networks =
          askNetworks(engine).stream()
              .flatMap(network -> InspectedNetwork.read(network, missing).stream())
              .toList();
      List<InspectedContainer> containers =
          askContainers(engine).stream()
              .flatMap(container -> InspectedContainer.read(container, missing).stream())
              .toList();
      return new DockerInspection(
          networks, containers, DefaultBridge.WITHOUT_RULES, version(engine.engineVersion()));
    } catch (DockerException e) {
      throw EngineConnection.unreachable(host, "list networks and containers", e);
    }
  }

  static List<JsonValue> askNetworks(EngineConnection engine) throws DockerUnreachableException {
    return engine.ask("list networks", c -> c.listNetworksCmd().exec()).stream()
        .map(network -> json("docker network inspect", network))
        .toList();
  }

  /** All containers that there are, those that don't run included. */
  static List<JsonValue> askContainers(EngineConnection engine) throws DockerUnreachableException {
    List<Function<DockerClient, InspectContainerResponse>> questions = new ArrayList<>();
    for (Container container :
        engine.ask("list containers", c -> c.listContainersCmd().withShowAll(true).exec())) {
      questions.add(client -> client.inspectContainerCmd(container.getId()).exec());
    }
    List<JsonValue> containers = new ArrayList<>();
    for (EngineConnection.Answer<InspectContainerResponse> answer :
        engine.askAll("inspect containers", questions)) {
      try {
        containers.add(json("docker inspect", answer.answer()));
      } catch (NotFoundException gone) {
        log.debug("removed since it was listed: {}", gone.getMessage());
      }
    }
    return containers;
  }

  private static Optional<EngineVersion> version(String text) {
    try {
      return Optional.of(EngineVersion.parse(text));
    } catch (IllegalArgumentException unknown) {
      // A build of somebody's own, such as "dev".
      return Optional.empty();
    }
  }

  /** docker-java has no words for much of what newer engines say, but keeps all of it. */
  static JsonValue json(String document, DockerObject answer) {
    return JsonValue.of(document, JSON.valueToTree(answer.getRawValues()));
  }
}
