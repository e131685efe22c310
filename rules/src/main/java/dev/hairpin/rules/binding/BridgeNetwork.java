package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A bridge that containers or namespaces are attached to.
 *
 * @param name as its owner calls it: {@code bridge}, or the bridge's own name where nobody named it
 * @param bridge the interface: {@code docker0}; never one that ends in {@code +}, which rules would
 *     take for all that begin so
 * @param subnets at most one of each family
 * @param icc whether its members may talk to each other ({@code
 *     com.docker.network.bridge.enable_icc})
 * @param masquerade whether its members call out under the host's address ({@code
 *     enable_ip_masquerade})
 * @param internal whether it is cut off from everything else ({@code --internal})
 * @param gatewayModes of the families that are not {@link GatewayMode#NAT}
 * @param sourceAddresses under which its members call out, for the families that have one; else it
 *     is the address of the interface that they leave by ({@code com.docker.network.host_ipv4} and
 *     {@code host_ipv6})
 * @param trustedInterfaces from which members may be addressed directly ({@code
 *     trusted_host_interfaces}, moby from 28.2 on)
 */
public record BridgeNetwork(
    String name,
    String bridge,
    List<IpPrefix> subnets,
    boolean icc,
    boolean masquerade,
    boolean internal,
    Map<Family, GatewayMode> gatewayModes,
    Map<Family, IpAddress> sourceAddresses,
    List<String> trustedInterfaces) {
  public BridgeNetwork {
    requireNonNull(name, "name");
    requireNonNull(bridge, "bridge");
    if (bridge.endsWith("+")) {
      throw new IllegalArgumentException(
          "bridge \"" + bridge + "\" can't be told apart from others in a rule");
    }
    subnets = List.copyOf(subnets);
    gatewayModes = Map.copyOf(gatewayModes);
    sourceAddresses = Map.copyOf(sourceAddresses);
    trustedInterfaces = List.copyOf(trustedInterfaces);
  }

  /** A network with dockerd's defaults: members talk to each other and to the outside. */
  public static BridgeNetwork of(String name, String bridge, IpPrefix... subnets) {
    return of(name, bridge, List.of(subnets), true, true, false);
  }

  /** A network with gateways as dockerd makes them when nobody asks for others. */
  public static BridgeNetwork of(
      String name,
      String bridge,
      List<IpPrefix> subnets,
      boolean icc,
      boolean masquerade,
      boolean internal) {
    return new BridgeNetwork(
        name, bridge, subnets, icc, masquerade, internal, Map.of(), Map.of(), List.of());
  }

  public BridgeNetwork withGatewayModes(Map<Family, GatewayMode> modes) {
    return new BridgeNetwork(
        name,
        bridge,
        subnets,
        icc,
        masquerade,
        internal,
        modes,
        sourceAddresses,
        trustedInterfaces);
  }

  public BridgeNetwork withSourceAddresses(Map<Family, IpAddress> addresses) {
    return new BridgeNetwork(
        name,
        bridge,
        subnets,
        icc,
        masquerade,
        internal,
        gatewayModes,
        addresses,
        trustedInterfaces);
  }

  public BridgeNetwork withTrustedInterfaces(List<String> interfaces) {
    return new BridgeNetwork(
        name,
        bridge,
        subnets,
        icc,
        masquerade,
        internal,
        gatewayModes,
        sourceAddresses,
        interfaces);
  }

  public Optional<IpPrefix> subnet(Family family) {
    return subnets.stream().filter(subnet -> subnet.family() == family).findFirst();
  }

  public GatewayMode gatewayMode(Family family) {
    return gatewayModes.getOrDefault(family, GatewayMode.NAT);
  }

  public boolean contains(IpAddress address) {
    return subnets.stream().anyMatch(subnet -> subnet.contains(address));
  }
}
