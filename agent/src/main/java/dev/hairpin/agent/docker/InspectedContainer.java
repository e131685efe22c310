package dev.hairpin.agent.docker;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.binding.Publisher;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What {@code docker inspect} says of a container, as far as it matters here.
 *
 * @param publisher with a name that can be shown
 * @param created empty where it is missing
 * @param networkMode {@code bridge}, {@code host}, {@code container:ID} or a network's name; empty
 *     where it is missing
 * @param wished what its user asked to publish ({@code -p})
 * @param publishAll whether all exposed ports were to be published ({@code -P})
 * @param exposed the ports that it offers, published or not
 * @param links the containers that {@code --link} names, as {@code /child:/parent/alias}
 * @param label what {@link LabelledPorts#LABEL} says
 * @param stableLabel what {@link LabelledPorts#STABLE} says
 * @param headerLabel what {@link LabelledHeaders#LABEL} says
 * @param published what the engine did publish, by port; an empty list for a port that is exposed
 *     only
 * @param sandbox the file of its network namespace; empty while it has none of its own
 * @param attachments by the network's name
 */
record InspectedContainer(
    JsonValue where,
    Publisher.Container publisher,
    Optional<Instant> created,
    State state,
    String networkMode,
    Map<ContainerPort, List<Wish>> wished,
    boolean publishAll,
    Set<ContainerPort> exposed,
    List<String> links,
    Optional<String> label,
    Optional<String> stableLabel,
    Optional<String> headerLabel,
    Map<ContainerPort, List<HostEnd>> published,
    Optional<String> sandbox,
    List<Attachment> attachments) {

  /** What dockerd lets a container be called (names.RestrictedNameChars). */
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  /**
   * Whether it runs.
   *
   * @param startedAt when it was started last; empty if it never was
   * @param failed whether it could not be started
   */
  record State(boolean running, Optional<Instant> startedAt, boolean failed) {}

  /**
   * One {@code -p} of one port.
   *
   * @param address empty for the network's default
   * @param ports empty when any free port will do
   */
  record Wish(Optional<IpAddress> address, Optional<PortRange> ports) {
    static final Wish ANY = new Wish(Optional.empty(), Optional.empty());
  }

  /**
   * Where a port was published.
   *
   * @param port 1-65535; empty where the network is routed, which has none
   */
  record HostEnd(IpAddress address, Optional<Integer> port) {}

  /**
   * Its place on a network. The addresses are there while it runs.
   *
   * @param networkId empty where it is missing
   * @param gatewayIpv4 empty on a network that leads nowhere else
   */
  record Attachment(
      JsonValue where,
      String network,
      String networkId,
      Optional<IpAddress> ipv4,
      Optional<IpAddress> ipv6,
      Optional<IpAddress> gatewayIpv4,
      Optional<IpAddress> gatewayIpv6,
      long gatewayPriority) {
    Optional<IpAddress> address(Family family) {
      return switch (family) {
        case IPV4 -> ipv4;
        case IPV6 -> ipv6;
      };
    }

    Optional<IpAddress> gateway(Family family) {
      return switch (family) {
        case IPV4 -> gatewayIpv4;
        case IPV6 -> gatewayIpv6;
      };
    }

    List<IpAddress> addresses() {
      return Stream.of(ipv4, ipv6).flatMap(Optional::stream).toList();
    }
  }

  /**
   * Reads one.
   *
   * @param missing is told of what isn't there and should be
   * @return empty for what can't be understood as a container
   * @throws ImpossibleInputException if something in it is not what an engine prints
   */
  static Optional<InspectedContainer> read(JsonValue container, Consumer<String> missing) {
    container.requireObject();
    if (container.at("IPAM").isThere()) {
      throw container.wrong("is a network; docker inspect prints containers");
    }
    Optional<String> id = container.at("Id").text();
    if (id.isEmpty()) {
      missing.accept(container.at("Id").missing() + ", so the container is left out");
      return Optional.empty();
    }
    JsonValue host = container.at("HostConfig");
    JsonValue config = container.at("Config");
    JsonValue network = container.at("NetworkSettings");
    if (network.at("Networks").isAbsent()) {
      missing.accept(network.at("Networks").missing() + ", so the container has no addresses");
    }
    if (network.at("Ports").isAbsent()) {
      missing.accept(network.at("Ports").missing() + ", so the container publishes nothing");
    }
    if (host.at("NetworkMode").isAbsent()) {
      missing.accept(
          host.at("NetworkMode").missing() + ", so its networks count as joined in their order");
    }
    List<Attachment> attachments = attachments(network.at("Networks"));
    return Optional.of(
        new InspectedContainer(
            container,
            publisher(id.get(), container.at("Name").text().orElse("")),
            container.at("Created").text(InspectedNetwork::time, "a time"),
            state(container.at("State"), attachments, missing),
            host.at("NetworkMode").text().orElse(""),
            ports(host.at("PortBindings"), InspectedContainer::wish),
            host.at("PublishAllPorts").flag().orElse(false),
            ports(config.at("ExposedPorts")).keySet(),
            host.at("Links").elements().stream().flatMap(link -> link.text().stream()).toList(),
            config.at("Labels").at(LabelledPorts.LABEL).text(),
            config.at("Labels").at(LabelledPorts.STABLE).text(),
            config.at("Labels").at(LabelledHeaders.LABEL).text(),
            ports(network.at("Ports"), InspectedContainer::hostEnd),
            network.at("SandboxKey").text().filter(file -> file.startsWith("/")),
            attachments));
  }

  static Publisher.Container publisher(String id, String name) {
    String bare = name.startsWith("/") ? name.substring(1) : name;
    boolean usable = NAME.matcher(bare).matches();
    return new Publisher.Container(id, usable ? bare : id.substring(0, Math.min(12, id.length())));
  }

  private static State state(
      JsonValue state, List<Attachment> attachments, Consumer<String> missing) {
    if (state.isAbsent()) {
      missing.accept(state.missing() + ", so a container with an address counts as running");
    }
    Optional<Instant> startedAt =
        state
            .at("StartedAt")
            .text(InspectedNetwork::time, "a time")
            .filter(time -> time.isAfter(Instant.EPOCH));
    boolean hasAddress =
        attachments.stream().anyMatch(at -> at.ipv4().isPresent() || at.ipv6().isPresent());
    boolean running =
        state
            .at("Running")
            .flag()
            .or(() -> state.at("Status").text().map(InspectedContainer::isAlive))
            .orElse(hasAddress);
    return new State(running, startedAt, state.at("Error").text().isPresent());
  }

  /** What {@code docker ps} calls its state. */
  static boolean isAlive(String status) {
    return switch (status) {
      case "running", "paused", "restarting" -> true;
      case String other -> false;
    };
  }

  private static List<Attachment> attachments(JsonValue networks) {
    List<Attachment> attachments = new ArrayList<>();
    networks.members().forEach((name, at) -> attachments.add(attachment(name, at)));
    return attachments;
  }

  private static Attachment attachment(String network, JsonValue at) {
    at.requireObject();
    return new Attachment(
        at,
        network,
        at.at("NetworkID").text().orElse(""),
        address(at.at("IPAddress"), Family.IPV4),
        address(at.at("GlobalIPv6Address"), Family.IPV6),
        address(at.at("Gateway"), Family.IPV4),
        address(at.at("IPv6Gateway"), Family.IPV6),
        at.at("GwPriority").number(0));
  }

  private static Optional<IpAddress> address(JsonValue text) {
    return text.text(IpAddress::parse, "an IP address");
  }

  private static Optional<IpAddress> address(JsonValue text, Family family) {
    Optional<IpAddress> address = address(text);
    if (address.isPresent() && address.get().family() != family) {
      throw text.wrong("is an address of the other family");
    }
    return address;
  }

  private static Map<ContainerPort, JsonValue> ports(JsonValue ports) {
    Map<ContainerPort, JsonValue> byPort = new LinkedHashMap<>();
    ports.members().forEach((name, at) -> byPort.put(ContainerPort.named(name, at), at));
    return byPort;
  }

  private static <T> Map<ContainerPort, List<T>> ports(
      JsonValue ports, Function<JsonValue, T> read) {
    Map<ContainerPort, List<T>> byPort = new LinkedHashMap<>();
    ports(ports)
        .forEach((port, ends) -> byPort.put(port, ends.elements().stream().map(read).toList()));
    return byPort;
  }

  /** dockerd takes 0 for an open choice. */
  private static Wish wish(JsonValue end) {
    return new Wish(
        address(end.at("HostIp")), hostPorts(end.at("HostPort")).filter(ports -> ports.last() > 0));
  }

  private static HostEnd hostEnd(JsonValue end) {
    JsonValue text = end.at("HostPort");
    Optional<PortRange> port = hostPorts(text);
    if (port.isPresent() && (port.get().size() > 1 || port.get().first() == 0)) {
      throw text.wrong("is not a port of 1-65535");
    }
    return new HostEnd(
        address(end.at("HostIp")).orElse(IpAddress.ANY_IPV4), port.map(PortRange::first));
  }

  private static Optional<PortRange> hostPorts(JsonValue text) {
    return text.text().map(ports -> ContainerPort.range(ports, text));
  }
}
