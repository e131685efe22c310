package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything a pass wants of the host.
 *
 * @param networks in order of creation
 * @param bindings in the order in which their publishers started; each publisher's as {@code
 *     dockerd} orders them
 * @param families whose tables are written; the other family's are left alone
 * @param dropForwarded families whose forwarding was switched on for us, so that what nobody
 *     accepts must be dropped
 */
public record DesiredState(
    List<BridgeNetwork> networks,
    List<PortBinding> bindings,
    ProxyMode proxyMode,
    Set<Family> families,
    Set<Family> dropForwarded) {
  public DesiredState {
    networks = List.copyOf(networks);
    bindings = List.copyOf(bindings);
    requireNonNull(proxyMode, "proxyMode");
    families = Set.copyOf(families);
    dropForwarded = Set.copyOf(dropForwarded);
  }

  /** The network that an address is on; empty when no bridge of ours holds it. */
  public Optional<BridgeNetwork> networkOf(IpAddress address) {
    return networks.stream().filter(network -> network.contains(address)).findFirst();
  }
}
