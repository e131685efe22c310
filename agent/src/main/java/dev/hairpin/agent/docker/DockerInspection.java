package dev.hairpin.agent.docker;

import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** All that Docker says of its networks and containers, those that don't run included. */
public final class DockerInspection {
  private final List<InspectedNetwork> networks;
  private final List<InspectedContainer> containers;

  private final DefaultBridge defaults;
  private final Optional<EngineVersion> version;

  /**
   * @param defaults what is known of the default bridge beside what it says of itself
   * @param version what the engine says that it is
   */
  DockerInspection(
      List<InspectedNetwork> networks,
      List<InspectedContainer> containers,
      DefaultBridge defaults,
      Optional<EngineVersion> version) {
    this.networks = List.copyOf(networks);
    this.containers = List.copyOf(containers);
    this.defaults = defaults;
    this.version = version;
  }

  /**
   * Reads the arrays of {@code docker network inspect} and {@code docker inspect}.
   *
   * @param missing is told of what isn't there and should be
   * @throws ImpossibleInputException if something in it is not what an engine prints
   */
  static DockerInspection read(JsonValue networks, JsonValue containers, Consumer<String> missing) {
    return read(networks, containers, DefaultBridge.AS_IT_SAYS, Optional.empty(), missing);
  }

  static DockerInspection read(
      JsonValue networks,
      JsonValue containers,
      DefaultBridge defaults,
      Optional<EngineVersion> version,
      Consumer<String> missing) {
    return new DockerInspection(
        array(networks).stream()
            .flatMap(network -> InspectedNetwork.read(network, missing).stream())
            .toList(),
        array(containers).stream()
            .flatMap(container -> InspectedContainer.read(container, missing).stream())
            .toList(),
        defaults,
        version);
  }

  private static List<JsonValue> array(JsonValue document) {
    if (!document.isArray()) {
      throw document.wrong("is not an array");
    }
    return document.elements();
  }

  /**
   * The engine that a layout stands for, as far as this tells it. Without {@code experimental} only
   * 27 takes {@code ip6tables} of those that write {@code docker20}.
   */
  public EngineVersion engine(LayoutName layout, DaemonSettings settings) {
    EngineVersion engine =
        version
            .filter(said -> said.writes(layout))
            .orElseGet(() -> EngineVersion.of(layout, networks));
    return engine.refusal(settings).isPresent() ? new EngineVersion(27, 0) : engine;
  }

  /**
   * What it comes to.
   *
   * @throws ImpossibleInputException if an engine can't have said this
   */
  public DockerSnapshot snapshot(EngineVersion engine, DaemonSettings settings) {
    new Plausibility(new Bridges(networks, defaultBridge(settings))).check(networks, containers);
    DockerSnapshot snapshot =
        EngineMapping.snapshot(
            networks, containers, engine, defaultBridge(settings), HostPortChoice.NONE);
    Plausibility.checkPorts(snapshot.published(), engine);
    return snapshot;
  }

  /**
   * Every container that there is, in the order in which Docker lists them.
   *
   * @throws ImpossibleInputException if an engine can't have said this
   */
  public List<KnownContainer> containers() {
    ContainerEndpoint endpoints = new ContainerEndpoint(new Bridges(networks, defaults));
    return containers.stream()
        .map(container ->
            KnownContainer.of(
                container, EngineMapping.known(container, endpoints).unreachable(), networks))
        .toList();
  }

  private DefaultBridge defaultBridge(DaemonSettings settings) {
    return new DefaultBridge(settings.icc(), settings.ipMasq().or(defaults::masquerade));
  }

  /**
   * All that was ever tried with the containers that are still there. A container that was removed
   * is not among them.
   *
   * @throws ImpossibleInputException if an engine can't have said this
   */
  public List<Attempt> attempts(DaemonSettings settings) {
    Bridges bridges = new Bridges(networks, defaultBridge(settings));
    return containers.stream()
        .filter(
            container -> container.state().startedAt().isPresent() || container.state().failed())
        .flatMap(container ->
            bridges.wanted(container).stream()
                .map(bridge ->
                    new Attempt(
                        bridge,
                        container.state().startedAt().isPresent(),
                        PublishedPorts.requests(container))))
        .toList();
  }
}
