package dev.hairpin.rules.iptables;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.RoutedPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A desired state, written down by hand. Both families, a proxy, and nothing else special. */
final class StateOf {
  private final List<BridgeNetwork> networks;
  private final List<Member> members = new ArrayList<>();
  private final List<PortBinding> bindings = new ArrayList<>();
  private final List<RoutedPort> routed = new ArrayList<>();
  private final List<Link> links = new ArrayList<>();
  private ProxyMode proxyMode = ProxyMode.USERLAND;
  private Set<Family> dropForwarded = Set.of();
  private Set<Family> userChains = Set.of(Family.values());
  private boolean directRouting;
  private boolean rawTable = true;
  private Optional<PacketMark> acceptMark = Optional.empty();

  private StateOf(List<BridgeNetwork> networks) {
    this.networks = networks;
  }

  static StateOf networks(BridgeNetwork... networks) {
    return new StateOf(List.of(networks));
  }

  /** A container that has started after those before. */
  StateOf container(String name, String bridge, String... addresses) {
    members.add(
        new Member(publisher(name), bridge, Stream.of(addresses).map(IpAddress::parse).toList()));
    return this;
  }

  StateOf publishes(String name, String host, int port, String address, int containerPort) {
    return publishes(name, Protocol.TCP, host, port, address, containerPort);
  }

  StateOf publishes(
      String name, Protocol protocol, String host, int port, String address, int containerPort) {
    bindings.add(
        new PortBinding(
            new HostPort(protocol, IpAddress.parse(host), port),
            IpAddress.parse(address),
            containerPort,
            publisher(name),
            port + ":" + containerPort));
    return this;
  }

  /** On a routed network. */
  StateOf opens(String name, String address, int port) {
    routed.add(
        new RoutedPort(Protocol.TCP, IpAddress.parse(address), port, publisher(name), "" + port));
    return this;
  }

  StateOf links(String bridge, String parent, String child, int port) {
    links.add(
        new Link(bridge, IpAddress.parse(parent), IpAddress.parse(child), Protocol.TCP, port));
    return this;
  }

  StateOf withoutProxy() {
    proxyMode = ProxyMode.HAIRPIN;
    return this;
  }

  /** The host forwards these families only because dockerd has switched that on. */
  StateOf droppingForwarded(Family... families) {
    dropForwarded = Set.of(families);
    return this;
  }

  StateOf withUserChains(Family... families) {
    userChains = Set.of(families);
    return this;
  }

  StateOf withDirectRouting() {
    directRouting = true;
    return this;
  }

  StateOf withoutRawTable() {
    rawTable = false;
    return this;
  }

  StateOf accepting(String mark) {
    acceptMark = Optional.of(PacketMark.parse(mark));
    return this;
  }

  DesiredState state() {
    return new DesiredState(
        networks,
        members,
        bindings,
        routed,
        links,
        new FirewallOptions(
            proxyMode,
            Set.of(Family.values()),
            dropForwarded,
            userChains,
            directRouting,
            rawTable,
            acceptMark));
  }

  private static Publisher publisher(String name) {
    return new Publisher.Container("id-of-" + name, name);
  }
}
