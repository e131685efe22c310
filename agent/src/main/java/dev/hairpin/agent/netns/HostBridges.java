package dev.hairpin.agent.netns;

import dev.hairpin.agent.posix.Posix;
import dev.hairpin.rules.address.IpAddress;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The bridges of our own namespace, by the addresses that they have.
 *
 * @param onBridges addresses of bridges
 * @param elsewhere addresses of other interfaces
 */
record HostBridges(List<InterfaceAddress> onBridges, List<InterfaceAddress> elsewhere) {
  static HostBridges read() throws IOException {
    Set<Integer> bridges = Posix.system().bridges();
    List<InterfaceAddress> all = InterfaceAddress.here();
    return new HostBridges(
        all.stream().filter(at -> bridges.contains(at.index())).toList(),
        all.stream().filter(at -> !bridges.contains(at.index())).toList());
  }

  /** The bridge whose link an address is on. */
  Optional<InterfaceAddress> bridgeTo(IpAddress address) {
    return onLink(onBridges, address);
  }

  /** Another interface whose link an address is on. */
  Optional<InterfaceAddress> otherWayTo(IpAddress address) {
    return onLink(elsewhere, address);
  }

  private static Optional<InterfaceAddress> onLink(List<InterfaceAddress> ways, IpAddress address) {
    return ways.stream()
        .filter(way -> way.subnet().contains(address) && !way.address().equals(address))
        .findFirst();
  }
}
