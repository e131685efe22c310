package dev.hairpin.agent.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.Publisher;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Address plan: docker1 198.51.100.1/24 and 2001:db8:1::1/64, docker2 203.0.113.1/24, uplink eth0
 * 192.0.2.1/24.
 */
class NamespaceLookupTest {
  private static final Publisher.Namespace NS1 = new Publisher.Namespace("ns1");
  private static final HostBridges HOST =
      new HostBridges(
          List.of(
              at("docker1", 3, "198.51.100.1", 24),
              at("docker1", 3, "2001:db8:1::1", 64),
              at("docker2", 4, "203.0.113.1", 24)),
          List.of(at("eth0", 2, "192.0.2.1", 24)));

  @Test
  void theBridgeWhoseSubnetHoldsTheAddressLeadsThere() throws Exception {
    NamespaceLookup found =
        NamespaceLookup.find(NS1, List.of(at("veth0", 2, "198.51.100.2", 24)), HOST);

    assertThat(found.endpoint()).isEqualTo(endpoint("198.51.100.2", null));
    assertThat(found.networks())
        .containsExactly(BridgeNetwork.of("docker1", "docker1", IpPrefix.parse("198.51.100.0/24")));
  }

  @Test
  void bothFamiliesOnOneBridgeAreOneNetwork() throws Exception {
    NamespaceLookup found =
        NamespaceLookup.find(
            NS1,
            List.of(at("veth0", 2, "198.51.100.2", 24), at("veth0", 2, "2001:db8:1::2", 64)),
            HOST);

    assertThat(found.endpoint()).isEqualTo(endpoint("198.51.100.2", "2001:db8:1::2"));
    assertThat(found.networks())
        .containsExactly(
            BridgeNetwork.of(
                "docker1",
                "docker1",
                IpPrefix.parse("198.51.100.0/24"),
                IpPrefix.parse("2001:db8:1::/64")));
  }

  @Test
  void anAddressOnABridgeIsPreferredToOthers() throws Exception {
    NamespaceLookup found =
        NamespaceLookup.find(
            NS1,
            List.of(
                at("wg0", 2, "10.0.0.7", 24),
                at("macvlan0", 3, "192.0.2.7", 24),
                at("veth0", 4, "203.0.113.7", 24)),
            HOST);

    assertThat(found.endpoint()).isEqualTo(endpoint("203.0.113.7", null));
  }

  @Test
  void anInterfaceThatIsNoBridgeIsNamed() {
    assertThatThrownBy(
            () -> NamespaceLookup.find(NS1, List.of(at("macvlan0", 2, "192.0.2.7", 24)), HOST))
        .hasMessage("192.0.2.7 is reached over eth0, which is not a bridge; attach it to one");
  }

  @Test
  void aBridgeWithoutAnAddressInTheSubnetIsExplained() {
    assertThatThrownBy(
            () -> NamespaceLookup.find(NS1, List.of(at("veth0", 2, "10.1.2.3", 8)), HOST))
        .hasMessage(
            "no bridge of the host has an address in 10.0.0.0/8; give the bridge that it is"
                + " attached to one, as in ip address add");
  }

  @Test
  void aNamespaceWithoutAddressesIsWaitedFor() {
    assertThatThrownBy(() -> NamespaceLookup.find(NS1, List.of(), HOST))
        .hasMessage("it has no address yet; its ports are published when it has one");
  }

  private static Endpoint endpoint(String ipv4, String ipv6) {
    return new Endpoint(
        NS1,
        Optional.ofNullable(ipv4).map(IpAddress::parse),
        Optional.ofNullable(ipv6).map(IpAddress::parse));
  }

  private static InterfaceAddress at(String name, int index, String address, int length) {
    IpAddress ip = IpAddress.parse(address);
    return new InterfaceAddress(name, index, ip, new IpPrefix(ip, length));
  }
}
