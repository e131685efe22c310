package dev.hairpin.agent.docker;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.docker.Joins.Join;
import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.RoutedPort;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** From what the Engine API answers to a {@link DockerSnapshot}. Pure. */
final class EngineMapping {
  private final EngineVersion engine;
  private final HostPortChoice choice;
  private final Bridges bridges;
  private final List<InspectedContainer> containers;
  private final List<InspectedContainer> running;

  private EngineMapping(
      Collection<InspectedNetwork> networks,
      Collection<InspectedContainer> containers,
      EngineVersion engine,
      DefaultBridge defaults,
      HostPortChoice choice) {
    this.engine = engine;
    this.choice = choice;
    this.bridges = new Bridges(networks, defaults);
    this.containers = List.copyOf(containers);
    this.running =
        containers.stream()
            .filter(container -> container.state().running())
            .sorted(
                comparing((InspectedContainer container) ->
                        container.state().startedAt().orElse(Instant.MAX))
                    .thenComparing(container -> container.publisher().id()))
            .toList();
  }

  /**
   * What these networks and containers come to.
   *
   * @param engine whose order of doing things it is
   * @param defaults what is known of the default bridge beside what it says of itself
   * @param choice of host ports for labels that leave them open
   * @throws ImpossibleInputException if an engine can't have said this
   */
  static DockerSnapshot snapshot(
      Collection<InspectedNetwork> networks,
      Collection<InspectedContainer> containers,
      EngineVersion engine,
      DefaultBridge defaults,
      HostPortChoice choice) {
    return new EngineMapping(networks, containers, engine, defaults, choice).snapshot();
  }

  private DockerSnapshot snapshot() {
    List<Join> joins = new Joins(bridges, containers).inTurn();
    ContainerEndpoint endpoints = new ContainerEndpoint(bridges);
    List<PortBinding> published = new ArrayList<>();
    List<PortBinding> labelled = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (InspectedContainer container : running) {
      Optional<Endpoint> endpoint = endpoints.of(container, container.publisher());
      endpoint.ifPresent(
          to -> published.addAll(new PublishedPorts(container, engine).bindings(to)));
      LabelledPorts read = LabelledPorts.read(container, endpoint, choice);
      labelled.addAll(read.bindings());
      problems.addAll(read.problems());
      container
          .headerLabel()
          .map(label -> LabelledHeaders.read(label, container.publisher()))
          .ifPresent(headers -> {
            headers.applyTo(published, labelled);
            problems.addAll(headers.problems());
          });
    }
    return new DockerSnapshot(
        bridges.oldestFirst(),
        joins.stream().map(Join::member).toList(),
        inTurn(published, joins),
        joins.stream().flatMap(join -> routed(join).stream()).toList(),
        new LegacyLinks(bridges, running).oldestFirst(),
        userChains(),
        labelled,
        /* headersToCome= */ false,
        containers.stream()
            .map(container -> known(container, endpoints))
            .sorted(comparing(container -> container.publisher().id()))
            .toList(),
        sandboxes(),
        problems);
  }

  private Map<String, String> sandboxes() {
    Map<String, String> sandboxes = new HashMap<>();
    for (InspectedContainer container : running) {
      container.sandbox().ifPresent(file -> sandboxes.put(container.publisher().id(), file));
    }
    return sandboxes;
  }

  /** Where its ports are published to, or why they can't be. */
  static DockerContainer known(InspectedContainer container, ContainerEndpoint endpoints) {
    Publisher.Container publisher = container.publisher();
    Optional<Unreachable> forever = Unreachable.byMode(container.networkMode());
    if (forever.isPresent() || !container.state().running()) {
      return DockerContainer.not(publisher, forever.orElse(Unreachable.NOT_RUNNING));
    }
    return endpoints
        .of(container, publisher)
        .map(endpoint -> DockerContainer.at(endpoint, publisher))
        .orElseGet(() -> DockerContainer.not(publisher, Unreachable.ON_NO_BRIDGE));
  }

  /** Ports move with the network that they are published on. */
  private static List<PortBinding> inTurn(List<PortBinding> published, List<Join> joins) {
    Map<IpAddress, Integer> turns = new HashMap<>();
    for (Join join : joins) {
      int turn = turns.size();
      join.attachment().addresses().forEach(address -> turns.put(address, turn));
    }
    return published.stream()
        .sorted(comparingInt(binding -> turns.get(binding.containerAddress())))
        .toList();
  }

  /** A routed network has the ports of every member, whatever other networks that is on. */
  private List<RoutedPort> routed(Join join) {
    PublishedPorts ports = new PublishedPorts(join.container(), engine);
    BridgeNetwork network = join.network();
    return join.attachment().addresses().stream()
        .filter(address -> !network.internal())
        .filter(address -> network.gatewayMode(address.family()) == GatewayMode.ROUTED)
        .flatMap(address -> ports.routed(address).stream())
        .toList();
  }

  /** Engines before 23.0 make no DOCKER-USER for IPv6 (libnetwork, firewall_linux.go). */
  private Set<Family> userChains() {
    return engine.isAtLeast(23, 0) ? EnumSet.allOf(Family.class) : EnumSet.of(Family.IPV4);
  }
}
