package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Interfaces;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A host with bridges that lead to their networks, on paper. */
final class ConnectedNetwork {
  private ConnectedNetwork() {}

  /** All families, with all of these networks. */
  static Map<Family, Surveyed> of(
      Map<Family, Surveyed> networks, Collection<BridgeNetwork> bridges) {
    Map<Family, Surveyed> connected = new EnumMap<>(Family.class);
    networks.forEach((family, network) -> {
      Surveyed changed = network;
      for (BridgeNetwork bridge : bridges) {
        changed = with(changed, bridge);
      }
      connected.put(family, changed);
    });
    return connected;
  }

  /** The same host where it leads there already. */
  private static Surveyed with(Surveyed network, BridgeNetwork bridge) {
    Optional<IpPrefix> subnet =
        bridge
            .subnet(network.family())
            .filter(members -> bridge.gatewayMode(network.family()) != GatewayMode.ISOLATED)
            .filter(members -> !isConnected(network, bridge, members));
    return subnet
        .map(members -> network.with(connected(network.host(), bridge, members)))
        .orElse(network);
  }

  /** Whether a network can't be reached, and should. */
  static boolean isMissing(Surveyed network, BridgeNetwork bridge) {
    return network != null && !with(network, bridge).equals(network);
  }

  private static boolean isConnected(Surveyed network, BridgeNetwork bridge, IpPrefix members) {
    return network
        .host()
        .route(Ways.next(Ways.next(members.first())))
        .filter(by -> by.equals(bridge.bridge()) || by.equals("lo"))
        .isPresent();
  }

  private static Host connected(Host host, BridgeNetwork bridge, IpPrefix members) {
    List<Host.Interface> interfaces = new ArrayList<>();
    Optional<Host.Interface> present = host.interfaces().named(bridge.bridge());
    host.interfaces().all().stream()
        .filter(each -> !present.equals(Optional.of(each)))
        .forEach(interfaces::add);
    List<IpAddress> addresses =
        new ArrayList<>(present.map(Host.Interface::addresses).orElse(List.of()));
    if (addresses.stream().noneMatch(members::contains)) {
      addresses.add(Ways.next(members.first()));
    }
    interfaces.add(new Host.Interface(bridge.bridge(), addresses));
    List<Host.Route> routes = new ArrayList<>(host.routes());
    routes.add(new Host.Route(members, bridge.bridge()));
    Set<String> bridges = new HashSet<>(host.bridges());
    bridges.add(bridge.bridge());
    return new Host(
        new Interfaces(interfaces),
        routes,
        host.forwards(),
        host.letsLoopbackPass(),
        host.bridgedMeetRules(),
        bridges);
  }
}
