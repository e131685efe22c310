package dev.hairpin.agent.docker;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What {@code docker network inspect} says of a network, as far as it matters here.
 *
 * @param id empty where it is missing
 * @param created empty where it is missing
 * @param families whose addresses the network has, where the engine says so: 28 and later for IPv4
 * @param subnets in the order in which they are listed
 * @param hasEmptyList whether its list of subnets is there and empty, which engines before 25.0
 *     print for networks that have none
 * @param isDefaultBridge whether containers without {@code --network} are on it
 */
record InspectedNetwork(
    JsonValue where,
    String id,
    String name,
    Optional<Instant> created,
    String driver,
    boolean internal,
    Map<Family, Boolean> families,
    List<IpPrefix> subnets,
    boolean hasEmptyList,
    boolean isDefaultBridge) {

  /**
   * Reads one.
   *
   * @param missing is told of what isn't there and should be
   * @return empty for what can't be understood as a network
   * @throws ImpossibleInputException if something in it is not what an engine prints
   */
  static Optional<InspectedNetwork> read(JsonValue network, Consumer<String> missing) {
    network.requireObject();
    if (network.at("NetworkSettings").isThere()) {
      throw network.wrong("is a container; docker network inspect prints networks");
    }
    Optional<String> name = network.at("Name").text();
    Optional<String> driver = network.at("Driver").text();
    if (name.isEmpty() || driver.isEmpty()) {
      missing.accept(
          network.at(name.isEmpty() ? "Name" : "Driver").missing()
              + ", so the network is left out");
      return Optional.empty();
    }
    Map<Family, Boolean> families = new LinkedHashMap<>();
    network.at("EnableIPv4").flag().ifPresent(flag -> families.put(Family.IPV4, flag));
    network.at("EnableIPv6").flag().ifPresent(flag -> families.put(Family.IPV6, flag));
    JsonValue subnets = network.at("IPAM").at("Config");
    if (driver.get().equals("bridge") && subnets.isAbsent()) {
      missing.accept(subnets.missing() + ", so the network has no subnets");
    }
    if (driver.get().equals("bridge") && network.at("Created").isAbsent()) {
      missing.accept(network.at("Created").missing() + ", so the network counts as the oldest");
    }
    return Optional.of(
        new InspectedNetwork(
            network,
            network.at("Id").text().orElse(""),
            name.get(),
            network.at("Created").text(InspectedNetwork::time, "a time"),
            driver.get(),
            network.at("Internal").flag().orElse(false),
            families,
            subnets.elements().stream()
                .flatMap(config -> config.at("Subnet").text(IpPrefix::parse, "a subnet").stream())
                .toList(),
            subnets.isArray() && subnets.elements().isEmpty(),
            BridgeOptions.isDefault(network.at("Options"))));
  }

  boolean isBridge() {
    return driver.equals("bridge");
  }

  static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
