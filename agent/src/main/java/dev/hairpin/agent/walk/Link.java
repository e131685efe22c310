package dev.hairpin.agent.walk;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import java.util.List;
import java.util.Optional;

/**
 * A network interface, as {@code ip address} shows it.
 *
 * @param isBridge whether others may be behind it without a route
 * @param bridge the one that this is a port of
 * @param addresses the host's own, those that other networks can reach first
 */
public record Link(
    String name, boolean isBridge, Optional<String> bridge, List<Address> addresses) {
  public Link {
    requireNonNull(name, "name");
    requireNonNull(bridge, "bridge");
    addresses = List.copyOf(addresses);
  }

  /**
   * An address of this host's.
   *
   * @param subnet what is on the interface's own network
   */
  public record Address(IpAddress address, IpPrefix subnet) {
    public Address {
      requireNonNull(address, "address");
      requireNonNull(subnet, "subnet");
    }
  }

  /** The first that others can reach. */
  public Optional<Address> address(Family family) {
    return addresses.stream()
        .filter(each -> each.address().family() == family)
        .filter(each -> !each.address().inet().isLinkLocalAddress())
        .findFirst();
  }

  /** Whether it is the loopback interface. */
  public boolean isLoopback() {
    return name.equals("lo");
  }
}
