package dev.hairpin.rules.layouts;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.RoutedPort;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/**
 * States as engines could have them, with everything that a network or a container can ask for: up
 * to four networks, some of one family only, and up to six containers on them.
 */
public final class RandomStates {
  private final Random random;
  private final List<BridgeNetwork> networks = new ArrayList<>();
  private final List<Member> members = new ArrayList<>();
  private final List<PortBinding> bindings = new ArrayList<>();
  private final List<RoutedPort> routed = new ArrayList<>();
  private final List<Link> links = new ArrayList<>();

  private RandomStates(long seed) {
    this.random = new Random(seed);
  }

  public static Arbitrary<DesiredState> any() {
    return Arbitraries.longs().map(seed -> new RandomStates(seed).state());
  }

  private DesiredState state() {
    IntStream.range(0, random.nextInt(5)).forEach(this::addNetwork);
    if (!networks.isEmpty()) {
      IntStream.range(0, random.nextInt(7)).forEach(this::addContainer);
      addLink();
    }
    return new DesiredState(networks, members, bindings, routed, links, options());
  }

  private FirewallOptions options() {
    Set<Family> families = oneOf(Set.of(Family.IPV4), Set.of(Family.values()));
    return new FirewallOptions(
        oneOf(ProxyMode.values()),
        families,
        oneOf(Set.of(), families),
        oneOf(Set.of(Family.IPV4), Set.of(Family.values())),
        rarely(),
        !rarely(),
        rarely() ? Optional.of(PacketMark.parse(oneOf("2", "2/0xf"))) : Optional.empty());
  }

  private void addNetwork(int number) {
    List<IpPrefix> subnets = new ArrayList<>();
    int families = random.nextInt(4);
    if (families != 3) {
      subnets.add(IpPrefix.parse("172." + (17 + number) + ".0.0/16"));
    }
    if (families >= 2) {
      subnets.add(IpPrefix.parse("fd00:" + (17 + number) + "::/64"));
    }
    boolean internal = rarely();
    networks.add(
        BridgeNetwork.of(
                number == 0 ? "bridge" : "n" + number,
                number == 0 ? "docker0" : "br-00000000000" + number,
                subnets,
                !rarely(),
                !rarely(),
                internal)
            .withGatewayModes(internal ? Map.of() : gatewayModes())
            .withSourceAddresses(
                rarely() ? Map.of(Family.IPV4, IpAddress.parse("192.0.2.1")) : Map.of())
            .withTrustedInterfaces(rarely() ? List.of("eth0", "eth1") : List.of()));
  }

  private Map<Family, GatewayMode> gatewayModes() {
    Map<Family, GatewayMode> modes = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      if (rarely()) {
        modes.put(family, oneOf(GatewayMode.ROUTED, GatewayMode.NAT_UNPROTECTED));
      }
    }
    return modes;
  }

  private void addContainer(int number) {
    Publisher publisher = new Publisher.Container("id" + number, "c" + number);
    BridgeNetwork network = networks.get(random.nextInt(networks.size()));
    List<IpAddress> addresses = new ArrayList<>();
    for (IpPrefix subnet : network.subnets()) {
      String prefix = subnet.toString().substring(0, subnet.toString().indexOf('/'));
      addresses.add(
          IpAddress.parse(
              subnet.family() == Family.IPV4
                  ? prefix.substring(0, prefix.length() - 1) + (2 + number)
                  : prefix + (2 + number)));
    }
    members.add(new Member(publisher, network.bridge(), addresses));
    if (!network.internal()) {
      for (int port = 0; port < random.nextInt(4); port++) {
        publish(publisher, network, addresses, 8000 + number * 10 + port);
      }
    }
  }

  private void publish(
      Publisher publisher, BridgeNetwork network, List<IpAddress> addresses, int hostPort) {
    Protocol protocol = oneOf(Protocol.values());
    int port = oneOf(53, 80, 443);
    for (IpAddress address : addresses) {
      if (network.gatewayMode(address.family()).translates()) {
        PortBinding binding =
            new PortBinding(
                new HostPort(protocol, hostAddress(address.family()), hostPort),
                address,
                port,
                publisher,
                hostPort + ":" + port);
        bindings.add(protocol == Protocol.TCP && rarely() ? binding.with(ProxyHeader.V2) : binding);
      } else {
        routed.add(new RoutedPort(protocol, address, port, publisher, hostPort + ":" + port));
      }
    }
    if (addresses.size() == 1 && addresses.getFirst().family() == Family.IPV4) {
      bindings.add(
          new PortBinding(
              new HostPort(protocol, IpAddress.ANY_IPV6, hostPort),
              addresses.getFirst(),
              port,
              publisher,
              hostPort + ":" + port));
    }
  }

  private IpAddress hostAddress(Family family) {
    return IpAddress.parse(
        switch (family) {
          case IPV4 -> oneOf("0.0.0.0", "0.0.0.0", "127.0.0.1", "192.0.2.1");
          case IPV6 -> oneOf("::", "::", "::1", "2001:db8:1::1");
        });
  }

  private void addLink() {
    List<IpAddress> onDefaultBridge =
        members.stream()
            .filter(member -> member.bridge().equals("docker0"))
            .flatMap(member -> member.addresses().stream())
            .filter(address -> address.family() == Family.IPV4)
            .toList();
    if (onDefaultBridge.size() > 1 && !networks.getFirst().icc()) {
      links.add(
          new Link("docker0", onDefaultBridge.get(0), onDefaultBridge.get(1), Protocol.TCP, 80));
    }
  }

  private boolean rarely() {
    return random.nextInt(4) == 0;
  }

  @SafeVarargs
  private <T> T oneOf(T... values) {
    return values[random.nextInt(values.length)];
  }
}
