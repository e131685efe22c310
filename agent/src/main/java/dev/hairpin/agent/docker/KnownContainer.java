package dev.hairpin.agent.docker;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;
import java.util.List;
import java.util.Optional;

/**
 * What Docker says of a container, running or not, to people who ask why they can't reach it.
 *
 * @param state as Docker calls it: {@code running}, {@code exited}; empty where it doesn't say
 * @param error why it could not be started, in Docker's words; empty if it could
 * @param networkMode {@code bridge}, {@code host}, {@code container:ID} or a network's name; empty
 *     where it is missing
 * @param wished what its user asked to publish ({@code -p} and {@code -P})
 * @param published what the engine did publish
 * @param unreachable why its ports can't be published; empty where they can
 * @param networks that it is on, or was on when it was stopped
 */
public record KnownContainer(
    Publisher.Container publisher,
    boolean running,
    String state,
    String error,
    String networkMode,
    List<PortRequest> wished,
    List<PublishedEnd> published,
    Optional<Unreachable> unreachable,
    List<OnNetwork> networks) {
  public KnownContainer {
    requireNonNull(publisher, "publisher");
    requireNonNull(state, "state");
    requireNonNull(error, "error");
    requireNonNull(networkMode, "networkMode");
    wished = List.copyOf(wished);
    published = List.copyOf(published);
    requireNonNull(unreachable, "unreachable");
    networks = List.copyOf(networks);
  }

  /**
   * A port of the host that leads to one of the container.
   *
   * @param containerPort 1-65535
   * @param hostPort 1-65535; empty where the network is routed, which has none
   */
  public record PublishedEnd(
      Protocol protocol, int containerPort, IpAddress address, Optional<Integer> hostPort) {}

  /**
   * A network that it is on.
   *
   * @param internal whether that leads nowhere else; false for one that Docker doesn't list
   */
  public record OnNetwork(String name, boolean internal) {}

  static KnownContainer of(
      InspectedContainer container,
      Optional<Unreachable> unreachable,
      List<InspectedNetwork> networks) {
    JsonValue state = container.where().at("State");
    return new KnownContainer(
        container.publisher(),
        container.state().running(),
        state.at("Status").text().orElse(""),
        state.at("Error").text().orElse(""),
        container.networkMode(),
        PublishedPorts.requests(container),
        container.published().entrySet().stream()
            .flatMap(port ->
                port.getValue().stream()
                    .map(end ->
                        new PublishedEnd(
                            port.getKey().protocol(),
                            port.getKey().port(),
                            end.address(),
                            end.port())))
            .distinct()
            .toList(),
        unreachable,
        container.attachments().stream()
            .map(at -> new OnNetwork(at.network(), isInternal(at, networks)))
            .toList());
  }

  private static boolean isInternal(
      InspectedContainer.Attachment at, List<InspectedNetwork> networks) {
    return networks.stream()
        .filter(network ->
            at.networkId().isEmpty()
                ? network.name().equals(at.network())
                : network.id().equals(at.networkId()))
        .anyMatch(InspectedNetwork::internal);
  }
}
