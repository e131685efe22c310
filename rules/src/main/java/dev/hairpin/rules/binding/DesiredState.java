package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * Everything a pass wants of the host.
 *
 * @param networks in order of creation
 * @param members in the order in which they came
 * @param bindings in the order in which they came; what came together as {@code dockerd} orders it
 * @param routed in the same order
 * @param links in the order in which they were made
 */
public record DesiredState(
    List<BridgeNetwork> networks,
    List<Member> members,
    List<PortBinding> bindings,
    List<RoutedPort> routed,
    List<Link> links,
    FirewallOptions options) {
  public DesiredState {
    networks = List.copyOf(networks);
    members = List.copyOf(members);
    bindings = List.copyOf(bindings);
    routed = List.copyOf(routed);
    links = List.copyOf(links);
    requireNonNull(options, "options");
  }

  /** Networks and bindings only. */
  public static DesiredState of(
      List<BridgeNetwork> networks, List<PortBinding> bindings, FirewallOptions options) {
    return new DesiredState(networks, List.of(), bindings, List.of(), List.of(), options);
  }

  /** Those on whose ports a proxy listens; where the kernel does it all, ports are only held. */
  public List<PortBinding> proxied() {
    return switch (options.proxyMode()) {
      case USERLAND -> bindings;
      case HAIRPIN -> List.of();
    };
  }

  /** The network that an address is on; empty when no bridge of ours holds it. */
  public Optional<BridgeNetwork> networkOf(IpAddress address) {
    return networks.stream().filter(network -> network.contains(address)).findFirst();
  }
}
