package dev.hairpin.agent.docker;

import static java.util.Comparator.comparing;
import static java.util.Comparator.nullsFirst;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Network;
import com.google.common.base.Strings;
import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** From what the Engine API answers to a {@link DockerSnapshot}. Pure. */
final class EngineMapping {
  private static final String OPTION = "com.docker.network.bridge.";

  /** What dockerd lets a container be called (names.RestrictedNameChars). */
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  private static final Comparator<Network> OLDEST_FIRST =
      comparing(Network::getCreated, nullsFirst(Comparator.naturalOrder()))
          .thenComparing(Network::getId);

  private EngineMapping() {}

  /**
   * What these networks and running containers come to.
   *
   * @param choice of host ports for labels that leave them open
   */
  static DockerSnapshot snapshot(
      Collection<Network> networks,
      Collection<InspectContainerResponse> containers,
      HostPortChoice choice) {
    Map<String, BridgeNetwork> bridges = bridges(networks);
    ContainerEndpoint endpoints = new ContainerEndpoint(bridges);
    List<PortBinding> published = new ArrayList<>();
    List<PortBinding> labelled = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    List<InspectContainerResponse> inStartOrder =
        containers.stream()
            .filter(container -> container.getNetworkSettings() != null)
            .sorted(
                comparing(EngineMapping::startedAt).thenComparing(InspectContainerResponse::getId))
            .toList();
    for (InspectContainerResponse container : inStartOrder) {
      Publisher.Container publisher = publisher(container);
      Optional<Endpoint> endpoint = endpoints.of(container, publisher);
      endpoint.ifPresent(to -> published.addAll(PublishedPorts.of(container, to)));
      label(container)
          .map(label -> LabelledPorts.read(label, publisher, endpoint, choice))
          .ifPresent(ports -> {
            labelled.addAll(ports.bindings());
            problems.addAll(ports.problems());
          });
    }
    return new DockerSnapshot(List.copyOf(bridges.values()), published, labelled, problems);
  }

  /** The bridge networks by id, oldest first. */
  private static Map<String, BridgeNetwork> bridges(Collection<Network> networks) {
    Map<String, BridgeNetwork> bridges = new LinkedHashMap<>();
    networks.stream()
        .filter(network -> "bridge".equals(network.getDriver()))
        .sorted(OLDEST_FIRST)
        .forEach(network -> bridges.put(network.getId(), bridge(network)));
    return bridges;
  }

  private static BridgeNetwork bridge(Network network) {
    Map<String, String> options = Objects.requireNonNullElse(network.getOptions(), Map.of());
    String generated = "br-" + network.getId().substring(0, Math.min(12, network.getId().length()));
    return BridgeNetwork.of(
        network.getName(),
        options.getOrDefault(OPTION + "name", generated),
        subnets(network),
        isTrue(options.getOrDefault(OPTION + "enable_icc", "true")),
        masquerades(options),
        Boolean.TRUE.equals(network.getInternal()));
  }

  /**
   * dockerd says false of its default bridge whenever it runs with {@code --iptables=false}
   * (daemon_unix.go, verifyDaemonSettings), as it does under us. So there it means nothing.
   */
  private static boolean masquerades(Map<String, String> options) {
    return isTrue(options.getOrDefault(OPTION + "default_bridge", "false"))
        || isTrue(options.getOrDefault(OPTION + "enable_ip_masquerade", "true"));
  }

  private static List<IpPrefix> subnets(Network network) {
    if (network.getIpam() == null || network.getIpam().getConfig() == null) {
      return List.of();
    }
    List<IpPrefix> all =
        network.getIpam().getConfig().stream()
            .map(Network.Ipam.Config::getSubnet)
            .filter(subnet -> !Strings.isNullOrEmpty(subnet))
            .map(IpPrefix::parse)
            .toList();
    return Stream.of(Family.values())
        .flatMap(family -> all.stream().filter(s -> s.family() == family).limit(1))
        .toList();
  }

  /** As Go's strconv.ParseBool reads it. */
  private static boolean isTrue(String text) {
    return switch (text) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      default -> false;
    };
  }

  private static Publisher.Container publisher(InspectContainerResponse container) {
    String name = Strings.nullToEmpty(container.getName());
    String bare = name.startsWith("/") ? name.substring(1) : name;
    String id = container.getId();
    boolean usable = NAME.matcher(bare).matches();
    return new Publisher.Container(id, usable ? bare : id.substring(0, Math.min(12, id.length())));
  }

  private static Optional<String> label(InspectContainerResponse container) {
    return Optional.ofNullable(container.getConfig())
        .map(config -> config.getLabels())
        .map(labels -> labels.get(LabelledPorts.LABEL));
  }

  private static Instant startedAt(InspectContainerResponse container) {
    try {
      return OffsetDateTime.parse(container.getState().getStartedAt()).toInstant();
    } catch (DateTimeException | NullPointerException notStartedYet) {
      return Instant.MAX;
    }
  }
}
