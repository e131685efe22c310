package dev.hairpin.agent.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Network;
import com.google.common.base.Strings;
import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.binding.UserText;
import dev.hairpin.rules.layouts.LayoutName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Docker, asked over its socket. Containers are inspected when the list shows that something about
 * them changed. Safe to use from every thread; one question is asked at a time.
 */
public final class EngineDockerView implements DockerView, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EngineDockerView.class);

  /** For each question. A look asks three, one after the other. */
  private static final Duration DEADLINE = Duration.ofSeconds(3);

  private final DockerHost host;
  private final HostPortChoice choice;
  private final LayoutName layout;
  private final Duration deadline;
  private final Map<String, Seen> seen = new HashMap<>();
  private final Arrivals arrivals = new Arrivals();
  private Optional<EngineConnection> open = Optional.empty();

  /**
   * Nothing is connected before the first question.
   *
   * @param layout whose engine's order of doing things the answers are put into
   */
  public EngineDockerView(DockerHost host, HostPortChoice choice, LayoutName layout) {
    this(host, choice, layout, DEADLINE);
  }

  EngineDockerView(DockerHost host, HostPortChoice choice, LayoutName layout, Duration deadline) {
    this.host = host;
    this.choice = choice;
    this.layout = layout;
    this.deadline = deadline;
  }

  /**
   * What was learnt of a container, and what the list said of it then.
   *
   * @param details empty for one that is not understood
   */
  private record Seen(
      Container listed, Optional<InspectedContainer> details, Optional<Problem> problem) {
    static Seen of(Container listed, InspectContainerResponse answer) {
      try {
        return new Seen(
            listed,
            InspectedContainer.read(
                LiveInspection.json("docker inspect", answer), EngineDockerView::missing),
            Optional.empty());
      } catch (ImpossibleInputException e) {
        return new Seen(
            listed,
            Optional.empty(),
            Optional.of(new Problem("container " + name(listed), e.getMessage())));
      }
    }

    boolean isStillTrue(Container now) {
      return listed.getNetworkSettings() != null
          && listed.getNetworkSettings().equals(now.getNetworkSettings())
          && Arrays.equals(listed.getPorts(), now.getPorts())
          && Arrays.equals(listed.getNames(), now.getNames());
    }
  }

  @Override
  public synchronized DockerSnapshot snapshot() throws DockerUnreachableException {
    if (open.isPresent()) {
      try {
        return read(open.get());
      } catch (DockerUnreachableException e) {
        // The line may be one to a daemon that was restarted since; a new one will tell.
        log.debug("{}; connecting again", e.getMessage());
        close();
      }
    }
    open = Optional.of(EngineConnection.open(host, deadline));
    try {
      return read(open.get());
    } catch (DockerUnreachableException e) {
      close();
      throw e;
    }
  }

  private DockerSnapshot read(EngineConnection engine) throws DockerUnreachableException {
    try {
      List<Problem> problems = new ArrayList<>();
      List<InspectedNetwork> networks =
          engine.ask("list networks", c -> c.listNetworksCmd().exec()).stream()
              .flatMap(network -> understood(network, problems).stream())
              .toList();
      // Unlike inspecting, listing never waits for dockerd, which is perhaps about to start one.
      List<Container> all =
          engine.ask("list containers", c -> c.listContainersCmd().withShowAll(true).exec());
      List<Container> running = all.stream().filter(EngineDockerView::runs).toList();
      problems.addAll(inspectChanged(engine, running));
      seen.values().forEach(container -> container.problem().ifPresent(problems::add));
      List<InspectedContainer> containers =
          seen.values().stream().flatMap(container -> container.details().stream()).toList();
      DockerSnapshot snapshot =
          EngineMapping.snapshot(
              networks,
              containers,
              EngineVersion.of(layout, networks),
              DefaultBridge.WITHOUT_RULES,
              choice);
      problems.addAll(snapshot.problems());
      return arrivals
          .sorted(snapshot, containers)
          .withHeadersToCome(areHeadersToCome(all))
          .withContainers(notInspected(all))
          .withProblems(problems);
    } catch (DockerException e) {
      throw EngineConnection.unreachable(host, "list networks and containers", e);
    }
  }

  /** Whoever may speak to Docker names bridges; one that rules can't name is left out by itself. */
  private static Optional<InspectedNetwork> understood(Network listed, List<Problem> problems) {
    try {
      Optional<InspectedNetwork> network =
          InspectedNetwork.read(
              LiveInspection.json("docker network inspect", listed), EngineDockerView::missing);
      network
          .filter(InspectedNetwork::isBridge)
          .ifPresent(bridge -> BridgeOptions.read(bridge, DefaultBridge.WITHOUT_RULES));
      return network;
    } catch (ImpossibleInputException e) {
      problems.add(new Problem("network " + listed.getName(), e.getMessage()));
      return Optional.empty();
    }
  }

  private static boolean runs(Container listed) {
    return InspectedContainer.isAlive(Strings.nullToEmpty(listed.getState()));
  }

  /** Whether a container has the label that isn't known yet. */
  private boolean areHeadersToCome(List<Container> all) {
    return all.stream()
        .filter(container -> !seen.containsKey(container.getId()))
        .anyMatch(container ->
            container.getLabels() != null
                && container.getLabels().containsKey(LabelledHeaders.LABEL));
  }

  /** Those that don't run, and those that dockerd doesn't tell about yet. */
  private List<DockerContainer> notInspected(List<Container> all) {
    return all.stream()
        .filter(container ->
            !seen.containsKey(container.getId()) || seen.get(container.getId()).details().isEmpty())
        .map(container ->
            DockerContainer.not(
                InspectedContainer.publisher(container.getId(), firstName(container)),
                Unreachable.byMode(networkMode(container))
                    .orElse(runs(container) ? Unreachable.NOT_KNOWN_YET : Unreachable.NOT_RUNNING)))
        .toList();
  }

  private static String networkMode(Container listed) {
    return listed.getHostConfig() == null
        ? ""
        : Strings.nullToEmpty(listed.getHostConfig().getNetworkMode());
  }

  /** Hangs up. The next question connects again. */
  @Override
  public synchronized void close() {
    open.ifPresent(EngineConnection::close);
    open = Optional.empty();
  }

  /**
   * Brings what is known of the running containers up to date. dockerd does not answer about one
   * that is being started or changed: that one keeps what was known, and is asked for again.
   */
  private List<Problem> inspectChanged(EngineConnection engine, List<Container> running)
      throws DockerUnreachableException {
    seen.keySet().retainAll(running.stream().map(Container::getId).toList());
    List<Container> changed =
        running.stream()
            .filter(
                now -> !seen.containsKey(now.getId()) || !seen.get(now.getId()).isStillTrue(now))
            .toList();
    List<Function<DockerClient, InspectContainerResponse>> questions = new ArrayList<>();
    for (Container container : changed) {
      questions.add(client -> client.inspectContainerCmd(container.getId()).exec());
    }
    List<EngineConnection.Answer<InspectContainerResponse>> answers =
        engine.askAll("inspect containers", questions);
    List<Problem> problems = new ArrayList<>();
    for (int i = 0; i < changed.size(); i++) {
      Container container = changed.get(i);
      try {
        seen.put(container.getId(), Seen.of(container, answers.get(i).answer()));
      } catch (NotFoundException gone) {
        seen.remove(container.getId());
      } catch (DockerUnreachableException | DockerException e) {
        problems.add(new Problem("container " + name(container), e.getMessage()));
      }
    }
    return problems;
  }

  /** An engine leaves nothing out that it knows. */
  private static void missing(String what) {
    log.debug("{}", what);
  }

  private static String name(Container container) {
    String name = firstName(container);
    return UserText.quoted(name.isEmpty() ? container.getId() : name);
  }

  /** Its own; links to it from others have a second slash. */
  private static String firstName(Container container) {
    String[] names = container.getNames();
    return names == null || names.length == 0
        ? ""
        : Arrays.stream(names)
            .filter(name -> name.lastIndexOf('/') == 0)
            .findFirst()
            .orElse(names[0]);
  }
}
