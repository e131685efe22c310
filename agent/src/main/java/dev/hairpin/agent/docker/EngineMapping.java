package dev.hairpin.agent.docker;

import static java.util.Comparator.comparing;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.RoutedPort;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** From what the Engine API answers to a {@link DockerSnapshot}. Pure. */
final class EngineMapping {
  private final EngineVersion engine;
  private final HostPortChoice choice;
  private final Bridges bridges;
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
    ContainerEndpoint endpoints = new ContainerEndpoint(bridges);
    List<Member> members = new ArrayList<>();
    List<PortBinding> published = new ArrayList<>();
    List<RoutedPort> routed = new ArrayList<>();
    List<PortBinding> labelled = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (InspectedContainer container : running) {
      List<Member> places = members(container);
      PublishedPorts ports = new PublishedPorts(container, engine);
      Optional<Endpoint> endpoint = endpoints.of(container, container.publisher());
      members.addAll(places);
      endpoint.ifPresent(to -> published.addAll(ports.bindings(to)));
      places.forEach(place -> routed.addAll(routed(place, ports)));
      container
          .label()
          .map(label -> LabelledPorts.read(label, container.publisher(), endpoint, choice))
          .ifPresent(read -> {
            labelled.addAll(read.bindings());
            problems.addAll(read.problems());
          });
    }
    return new DockerSnapshot(
        bridges.oldestFirst(),
        members,
        published,
        routed,
        new LegacyLinks(bridges, running).oldestFirst(),
        userChains(),
        labelled,
        problems);
  }

  /** The network that the container was run on comes first, the others as they were created. */
  private List<Member> members(InspectedContainer container) {
    List<BridgeNetwork> oldestFirst = bridges.oldestFirst();
    return container.attachments().stream()
        .filter(attachment -> !attachment.addresses().isEmpty())
        .flatMap(attachment ->
            bridges.of(attachment).stream()
                .map(bridge ->
                    new Place(
                        !bridges.ranOn(container).equals(Optional.of(bridge)),
                        oldestFirst.indexOf(bridge),
                        new Member(
                            container.publisher(), bridge.bridge(), attachment.addresses()))))
        .sorted(comparing(Place::joinedLater).thenComparingInt(Place::age))
        .map(Place::member)
        .toList();
  }

  private record Place(boolean joinedLater, int age, Member member) {}

  /** A routed network has the ports of every member, whatever other networks that is on. */
  private List<RoutedPort> routed(Member member, PublishedPorts ports) {
    BridgeNetwork network =
        bridges.oldestFirst().stream()
            .filter(bridge -> bridge.bridge().equals(member.bridge()))
            .findFirst()
            .orElseThrow();
    List<RoutedPort> routed = new ArrayList<>();
    for (IpAddress address : member.addresses()) {
      if (!network.internal() && network.gatewayMode(address.family()) == GatewayMode.ROUTED) {
        routed.addAll(ports.routed(address));
      }
    }
    return routed;
  }

  /** Engines before 23.0 make no DOCKER-USER for IPv6 (libnetwork, firewall_linux.go). */
  private Set<Family> userChains() {
    return engine.isAtLeast(23, 0) ? EnumSet.allOf(Family.class) : EnumSet.of(Family.IPV4);
  }
}
