package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import java.util.List;
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
 */
public record BridgeNetwork(
    String name,
    String bridge,
    List<IpPrefix> subnets,
    boolean icc,
    boolean masquerade,
    boolean internal) {
  public BridgeNetwork {
    requireNonNull(name, "name");
    requireNonNull(bridge, "bridge");
    if (bridge.endsWith("+")) {
      throw new IllegalArgumentException(
          "bridge \"" + bridge + "\" can't be told apart from others in a rule");
    }
    subnets = List.copyOf(subnets);
  }

  /** A network with dockerd's defaults: members talk to each other and to the outside. */
  public static BridgeNetwork of(String name, String bridge, IpPrefix... subnets) {
    return new BridgeNetwork(name, bridge, List.of(subnets), true, true, false);
  }

  public Optional<IpPrefix> subnet(Family family) {
    return subnets.stream().filter(subnet -> subnet.family() == family).findFirst();
  }

  public boolean contains(IpAddress address) {
    return subnets.stream().anyMatch(subnet -> subnet.contains(address));
  }
}
