package dev.hairpin.agent.docker;

import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.List;
import java.util.function.Consumer;

/** All that Docker says of its networks and containers, those that don't run included. */
public final class DockerInspection {
  private final List<InspectedNetwork> networks;
  private final List<InspectedContainer> containers;

  private DockerInspection(List<InspectedNetwork> networks, List<InspectedContainer> containers) {
    this.networks = networks;
    this.containers = containers;
  }

  /**
   * Reads the arrays of {@code docker network inspect} and {@code docker inspect}.
   *
   * @param missing is told of what isn't there and should be
   * @throws ImpossibleInputException if something in it is not what an engine prints
   */
  static DockerInspection read(JsonValue networks, JsonValue containers, Consumer<String> missing) {
    return new DockerInspection(
        array(networks).stream()
            .flatMap(network -> InspectedNetwork.read(network, missing).stream())
            .toList(),
        array(containers).stream()
            .flatMap(container -> InspectedContainer.read(container, missing).stream())
            .toList());
  }

  private static List<JsonValue> array(JsonValue document) {
    if (!document.isArray()) {
      throw document.wrong("is not an array");
    }
    return document.elements();
  }

  /** The engine that a layout stands for, as far as this tells it. */
  public EngineVersion engine(LayoutName layout) {
    return EngineVersion.of(layout, networks);
  }

  /**
   * What it comes to.
   *
   * @throws ImpossibleInputException if an engine can't have said this
   */
  public DockerSnapshot snapshot(EngineVersion engine, DaemonSettings settings) {
    return EngineMapping.snapshot(
        networks,
        containers,
        engine,
        new DefaultBridge(settings.icc(), settings.ipMasq()),
        HostPortChoice.NONE);
  }
}
