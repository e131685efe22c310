package dev.hairpin.agent.docker;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads what a bridge network's options come to. */
final class BridgeOptions {
  private static final String BRIDGE = "com.docker.network.bridge.";
  private static final String NETWORK = "com.docker.network.";

  /** What Go's strconv.ParseBool takes, and dockerd with it. */
  private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");

  private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

  private static final Splitter INTERFACES = Splitter.on(':').trimResults().omitEmptyStrings();

  /** Longest name of an interface (IFNAMSIZ less the final zero). */
  private static final int LONGEST_INTERFACE = 15;

  /** What no interface's name has, and what the words of a rule can't have. */
  private static final CharMatcher UNFIT =
      CharMatcher.inRange('!', '~').negate().or(CharMatcher.anyOf("/:\"'\\"));

  private final InspectedNetwork network;
  private final JsonValue options;

  private BridgeOptions(InspectedNetwork network) {
    this.network = network;
    this.options = network.where().at("Options");
  }

  static boolean isDefault(JsonValue options) {
    return options.at(BRIDGE + "default_bridge").text().filter(TRUE::contains).isPresent();
  }

  /**
   * The network as rules see it.
   *
   * @throws ImpossibleInputException if it has an option that no engine takes
   */
  static BridgeNetwork read(InspectedNetwork network, DefaultBridge defaults) {
    return new BridgeOptions(network)
        .read(network.isDefaultBridge() ? defaults : DefaultBridge.AS_IT_SAYS);
  }

  private BridgeNetwork read(DefaultBridge defaults) {
    return new BridgeNetwork(
        network.name(),
        bridge(),
        subnets(),
        defaults.icc().orElseGet(() -> flag("enable_icc")),
        defaults.masquerade().orElseGet(() -> flag("enable_ip_masquerade")),
        network.internal(),
        gatewayModes(),
        sourceAddresses(),
        trustedInterfaces());
  }

  private boolean flag(String option) {
    return options
        .at(BRIDGE + option)
        .text(BridgeOptions::flagOf, "a flag, such as true")
        .orElse(true);
  }

  private String bridge() {
    JsonValue option = options.at(BRIDGE + "name");
    Optional<String> named = option.text();
    if (named.isEmpty() && network.id().isEmpty()) {
      throw network
          .where()
          .wrong("has neither an Id nor a bridge's name, so its bridge is not known");
    }
    return named.isPresent()
        ? interfaceName(named.get(), option)
        : interfaceName(
            "br-" + network.id().substring(0, Math.min(12, network.id().length())),
            network.where().at("Id"));
  }

  private static String interfaceName(String name, JsonValue where) {
    if (name.length() > LONGEST_INTERFACE
        || UNFIT.matchesAnyOf(name)
        || name.endsWith("+")
        || name.endsWith("*")
        || name.startsWith("-")
        || name.startsWith("!")
        || name.equals(".")
        || name.equals("..")) {
      throw where.wrong("is not the name of an interface that rules can speak of");
    }
    return name;
  }

  /** The first of each family that the network has. */
  private List<IpPrefix> subnets() {
    return Stream.of(Family.values())
        .filter(family -> network.families().getOrDefault(family, true))
        .flatMap(family ->
            network.subnets().stream().filter(subnet -> subnet.family() == family).limit(1))
        .toList();
  }

  private Map<Family, GatewayMode> gatewayModes() {
    Map<Family, GatewayMode> modes = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      JsonValue option = options.at(BRIDGE + "gateway_mode_" + suffix(family));
      option
          .text()
          .map(keyword ->
              GatewayMode.of(keyword)
                  .orElseThrow(
                      () -> option.wrong("is none of nat, nat-unprotected, routed and isolated")))
          .filter(mode -> mode != GatewayMode.NAT)
          .ifPresent(mode -> modes.put(family, mode));
    }
    return modes;
  }

  private Map<Family, IpAddress> sourceAddresses() {
    Map<Family, IpAddress> addresses = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      JsonValue option = options.at(NETWORK + "host_" + suffix(family));
      option
          .text(IpAddress::parse, "an IP address")
          .ifPresent(address -> {
            if (address.family() != family) {
              throw option.wrong("is an address of the other family");
            }
            addresses.put(family, address);
          });
    }
    return addresses;
  }

  private List<String> trustedInterfaces() {
    JsonValue option = options.at(BRIDGE + "trusted_host_interfaces");
    return option.text().map(INTERFACES::splitToList).orElse(List.of()).stream()
        .map(name -> interfaceName(name, option))
        .toList();
  }

  private static String suffix(Family family) {
    return switch (family) {
      case IPV4 -> "ipv4";
      case IPV6 -> "ipv6";
    };
  }

  private static boolean flagOf(String word) {
    if (!TRUE.contains(word) && !FALSE.contains(word)) {
      throw new IllegalArgumentException(word);
    }
    return TRUE.contains(word);
  }
}
