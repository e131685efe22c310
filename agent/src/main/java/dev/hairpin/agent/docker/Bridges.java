package dev.hairpin.agent.docker;

import static java.util.Comparator.comparing;
import static java.util.Comparator.nullsFirst;

import dev.hairpin.agent.docker.InspectedContainer.Attachment;
import dev.hairpin.rules.binding.BridgeNetwork;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Docker's networks that are bridges, oldest first. */
final class Bridges {
  private static final Comparator<InspectedNetwork> OLDEST_FIRST =
      comparing(
              (InspectedNetwork network) -> network.created().orElse(null),
              nullsFirst(Comparator.naturalOrder()))
          .thenComparing(InspectedNetwork::id);

  /** By the interface. */
  private final Map<String, BridgeNetwork> bridges = new LinkedHashMap<>();

  private final Map<String, BridgeNetwork> byId = new HashMap<>();
  private final Map<String, BridgeNetwork> byName = new HashMap<>();
  private Optional<BridgeNetwork> defaultBridge = Optional.empty();

  /**
   * @param defaults what the daemon's settings say of the default bridge
   */
  Bridges(Collection<InspectedNetwork> networks, DefaultBridge defaults) {
    networks.stream()
        .filter(InspectedNetwork::isBridge)
        .sorted(OLDEST_FIRST)
        .forEach(network -> add(network, defaults));
  }

  private void add(InspectedNetwork network, DefaultBridge defaults) {
    BridgeNetwork bridge = BridgeOptions.read(network, defaults);
    if (bridges.put(bridge.bridge(), bridge) != null) {
      throw network.where().wrong("has the bridge " + bridge.bridge() + ", as another network has");
    }
    byId.put(network.id(), bridge);
    byName.put(network.name(), bridge);
    if (network.isDefaultBridge()) {
      defaultBridge = Optional.of(bridge);
    }
  }

  List<BridgeNetwork> oldestFirst() {
    return List.copyOf(bridges.values());
  }

  /** The bridge that containers without {@code --network} are on. */
  Optional<BridgeNetwork> defaultBridge() {
    return defaultBridge;
  }

  /** The bridge that a container is attached to; empty where it is something else. */
  Optional<BridgeNetwork> of(Attachment attachment) {
    return Optional.ofNullable(
        attachment.networkId().isEmpty()
            ? byName.get(attachment.network())
            : byId.get(attachment.networkId()));
  }

  /** The bridges that a container is on, or was to be on when it was run. */
  Set<BridgeNetwork> wanted(InspectedContainer container) {
    Set<BridgeNetwork> wanted = new LinkedHashSet<>();
    ranOn(container).ifPresent(wanted::add);
    container.attachments().forEach(attachment -> of(attachment).ifPresent(wanted::add));
    return wanted;
  }

  /** The bridge that was named when the container was run. */
  Optional<BridgeNetwork> ranOn(InspectedContainer container) {
    return switch (container.networkMode()) {
      case "default", "bridge" -> defaultBridge;
      case String network ->
          Optional.ofNullable(byName.get(network)).or(() -> Optional.ofNullable(byId.get(network)));
    };
  }
}
