package dev.hairpin.rules.recorded;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;
import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** One moment of a dockerd 20.10.24 that was recorded: {@code one-tcp}, {@code stop/before}. */
public record Recording(String name, Path folder) {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static Recording of(String name) {
    try {
      return new Recording(
          name, Path.of(Recording.class.getResource("/dockerd-20.10.24/" + name).toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(name, e);
    }
  }

  @Override
  public String toString() {
    return name;
  }

  /** What {@code iptables-save} printed; empty when the engine had not touched this family. */
  public String rules(Family family) {
    Path file =
        folder.resolve(
            switch (family) {
              case IPV4 -> "iptables.txt";
              case IPV6 -> "ip6tables.txt";
            });
    return Files.exists(file) ? text(file) : "";
  }

  /** What dockerd had to do at that moment. */
  public DesiredState state() {
    JsonNode daemon = json("daemon.json");
    Set<Family> families = EnumSet.noneOf(Family.class);
    if (daemon.path("iptables").asBoolean(true)) {
      families.add(Family.IPV4);
    }
    if (daemon.path("ip6tables").asBoolean(false)) {
      families.add(Family.IPV6);
    }
    return DesiredState.of(
        networks(),
        bindings(),
        FirewallOptions.of(
                daemon.path("userland-proxy").asBoolean(true)
                    ? ProxyMode.USERLAND
                    : ProxyMode.HAIRPIN,
                families,
                forwardingWasSwitchedOn(daemon) ? families : Set.of())
            .withUserChains(Set.of(Family.IPV4)));
  }

  private boolean forwardingWasSwitchedOn(JsonNode daemon) {
    return daemon.path("ip-forward").asBoolean(true)
        && !text(scenarioFile("scenario.txt")).contains("net.ipv4.ip_forward=1");
  }

  private List<BridgeNetwork> networks() {
    return elements(json("networks.json"))
        .filter(network -> network.path("Driver").asText().equals("bridge"))
        .map(Recording::network)
        .toList();
  }

  private static BridgeNetwork network(JsonNode network) {
    JsonNode options = network.path("Options");
    String prefix = "com.docker.network.bridge.";
    return BridgeNetwork.of(
            network.path("Name").asText(),
            options
                .path(prefix + "name")
                .asText("br-" + network.path("Id").asText().substring(0, 12)),
            elements(network.path("IPAM").path("Config"))
                .map(config -> IpPrefix.parse(config.path("Subnet").asText()))
                .toList(),
            options.path(prefix + "enable_icc").asBoolean(true),
            options.path(prefix + "enable_ip_masquerade").asBoolean(true),
            network.path("Internal").asBoolean())
        .withSourceAddresses(
            Stream.of(options.path("com.docker.network.host_ipv4").asText())
                .filter(address -> !address.isEmpty())
                .collect(toMap(address -> Family.IPV4, IpAddress::parse)));
  }

  private List<PortBinding> bindings() {
    return elements(json("containers.json"))
        .filter(container -> container.path("State").path("Status").asText().equals("running"))
        .sorted(comparing(container -> container.path("State").path("StartedAt").asText()))
        .flatMap(container -> bindings(container).stream())
        .toList();
  }

  private static List<PortBinding> bindings(JsonNode container) {
    List<PortBinding> bindings = new ArrayList<>();
    container
        .path("NetworkSettings")
        .path("Ports")
        .properties()
        .forEach(port ->
            elements(port.getValue())
                .map(host -> binding(container, port.getKey(), host))
                .flatMap(Optional::stream)
                .forEach(bindings::add));
    bindings.sort(comparingInt(PortBinding::containerPort).reversed());
    return bindings;
  }

  /** Empty where the container has no address that this one could lead to. */
  private static Optional<PortBinding> binding(JsonNode container, String port, JsonNode host) {
    IpAddress hostAddress = IpAddress.parse(host.path("HostIp").asText());
    Protocol protocol = Protocol.of(port.substring(port.indexOf('/') + 1)).orElseThrow();
    int hostPort = host.path("HostPort").asInt();
    String name = container.path("Name").asText().substring(1);
    return addressBehind(container, hostAddress.family())
        .map(address ->
            new PortBinding(
                new HostPort(protocol, hostAddress, hostPort),
                address,
                Integer.parseInt(port.substring(0, port.indexOf('/'))),
                new Publisher.Container(container.path("Id").asText(), name),
                hostAddress.withPort(hostPort) + ":" + port));
  }

  private static Optional<IpAddress> addressBehind(JsonNode container, Family family) {
    List<JsonNode> networks = elements(container.path("NetworkSettings").path("Networks")).toList();
    Stream<String> ofFamily =
        switch (family) {
          case IPV4 -> Stream.of("IPAddress");
          case IPV6 -> Stream.of("GlobalIPv6Address", "IPAddress");
        };
    return ofFamily
        .flatMap(field -> networks.stream().map(network -> network.path(field).asText()))
        .filter(address -> !address.isEmpty())
        .map(IpAddress::parse)
        .findFirst();
  }

  /** A moment before the end has the scenario's own settings. */
  private Path scenarioFile(String file) {
    Path here = folder.resolve(file);
    return Files.exists(here) ? here : folder.getParent().resolve(file);
  }

  private JsonNode json(String file) {
    try {
      return JSON.readTree(text(scenarioFile(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }
}
