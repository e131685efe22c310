package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Link;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.trace.Host;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A host for rules of which nothing else is known: it has the bridges that the rules are about, and
 * an interface to the outside that no rule names, with an address of those that are for examples
 * (RFC 5737, RFC 3849). Its settings are as they should be.
 */
final class MadeUpNetwork {
  private static final String OUTSIDE = "eth0";

  private MadeUpNetwork() {}

  static Evidence whereUnknown(Evidence evidence, List<Author> authors) {
    Map<Family, Surveyed> networks = new EnumMap<>(Family.class);
    networks.putAll(evidence.networks());
    if (networks.isEmpty()) {
      List<BridgeNetwork> bridges =
          authors.stream().flatMap(author -> author.state().networks().stream()).toList();
      evidence.tables().keySet().forEach(family -> networks.put(family, of(family, bridges)));
    }
    return evidence.with(networks);
  }

  private static Surveyed of(Family family, List<BridgeNetwork> bridges) {
    List<Link> links = new ArrayList<>();
    List<Host.Route> routes = new ArrayList<>();
    IpAddress own = IpAddress.parse(address(family, 1));
    IpAddress router = IpAddress.parse(address(family, 254));
    IpPrefix subnet = new IpPrefix(own, length(family));
    links.add(new Link(OUTSIDE, false, Optional.empty(), List.of(new Link.Address(own, subnet))));
    routes.add(new Host.Route(subnet, OUTSIDE));
    routes.add(new Host.Route(new IpPrefix(IpAddress.any(family), 0), OUTSIDE));
    for (BridgeNetwork bridge : bridges) {
      bridge
          .subnet(family)
          .ifPresent(members -> {
            Link.Address gateway = new Link.Address(Ways.next(members.first()), members);
            links.add(new Link(bridge.bridge(), true, Optional.empty(), List.of(gateway)));
            routes.add(new Host.Route(members, bridge.bridge()));
          });
    }
    Host host =
        new Host(
            links.stream()
                .map(link ->
                    new Host.Interface(
                        link.name(), link.addresses().stream().map(Link.Address::address).toList()))
                .toList(),
            routes);
    Set<String> names =
        links.stream().filter(Link::isBridge).map(Link::name).collect(Collectors.toSet());
    return new Surveyed(
        family, links, Optional.of(router), host.withBridges(names).withLoopbackPassing(names));
  }

  private static String address(Family family, int last) {
    return switch (family) {
      case IPV4 -> "192.0.2." + last;
      case IPV6 -> "2001:db8::" + Integer.toHexString(last);
    };
  }

  private static int length(Family family) {
    return switch (family) {
      case IPV4 -> 24;
      case IPV6 -> 64;
    };
  }
}
