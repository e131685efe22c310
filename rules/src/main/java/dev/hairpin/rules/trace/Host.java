package dev.hairpin.rules.trace;

import static java.util.Comparator.comparingInt;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import java.util.List;
import java.util.Optional;

/**
 * What has to be known of a host to follow a packet through it. It forwards.
 *
 * @param interfaces without the loopback interface
 * @param routes where packets for others leave
 */
public record Host(List<Interface> interfaces, List<Route> routes) {
  static final String LOOPBACK = "lo";

  public Host {
    interfaces = List.copyOf(interfaces);
    routes = List.copyOf(routes);
  }

  /**
   * An interface and this host's own addresses on it.
   *
   * @param addresses the first of a family is the one that its packets leave under
   */
  public record Interface(String name, List<IpAddress> addresses) {
    public Interface {
      addresses = List.copyOf(addresses);
    }
  }

  /** Packets for these addresses leave by this interface. */
  public record Route(IpPrefix destination, String by) {}

  /** Whether it is an address of this host. All of 127.0.0.0/8 is. */
  public boolean isLocal(IpAddress address) {
    return address.isLoopback()
        || interfaces.stream().anyMatch(each -> each.addresses().contains(address));
  }

  /** The interface by which a packet for this address leaves; empty when there is no route. */
  public Optional<String> route(IpAddress destination) {
    if (isLocal(destination)) {
      return Optional.of(LOOPBACK);
    }
    return routes.stream()
        .filter(route -> route.destination().contains(destination))
        .max(comparingInt(route -> route.destination().length()))
        .map(Route::by);
  }

  /** The address under which packets leave by an interface. */
  public Optional<IpAddress> addressOn(String name, Family family) {
    return interfaces.stream()
        .filter(each -> each.name().equals(name))
        .flatMap(each -> each.addresses().stream())
        .filter(address -> address.family() == family)
        .findFirst();
  }
}
