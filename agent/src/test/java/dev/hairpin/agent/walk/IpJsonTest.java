package dev.hairpin.agent.walk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.trace.Host;
import org.junit.jupiter.api.Test;

class IpJsonTest {
  @Test
  void anInterfaceHasItsAddressesThoseThatOthersReachFirst() {
    String json =
        """
        [{},{"ifindex":3,"ifname":"docker0","linkinfo":{"info_kind":"bridge","info_data":{}},
          "addr_info":[
            {"family":"inet","local":"172.17.0.1","prefixlen":16,"scope":"global"},
            {"family":"inet6","local":"fe80::42:1","prefixlen":64,"scope":"link"},
            {"family":"inet6","local":"fd00::1","prefixlen":64,"scope":"global"}]}]
        """;

    assertThat(IpJson.links(json))
        .singleElement()
        .satisfies(link -> {
          assertThat(link.isBridge()).isTrue();
          assertThat(link.addresses())
              .extracting(address -> address.address().toString())
              .containsExactly("172.17.0.1", "fd00::1", "fe80::42:1");
          assertThat(link.address(Family.IPV4).orElseThrow().subnet()).hasToString("172.17.0.0/16");
        });
  }

  @Test
  void routesLeadSomewhere() {
    String json =
        """
        [{"dst":"default","gateway":"192.0.2.254","dev":"eth0","flags":[]},
         {"dst":"172.17.0.0/16","dev":"docker0","protocol":"kernel","flags":["linkdown"]},
         {"type":"unicast","dst":"203.0.113.7","gateway":"192.0.2.3","dev":"eth0","flags":[]},
         {"type":"unreachable","dst":"10.0.0.0/8","flags":[]},
         {"type":"blackhole","dst":"10.1.0.0/16","dev":"lo","flags":[]},
         {"dst":"198.51.100.0/24","flags":[],"nexthops":[{"gateway":"192.0.2.4","dev":"eth1"}]}]
        """;

    assertThat(IpJson.routes(json, Family.IPV4))
        .extracting(Host.Route::toString)
        .containsExactly(
            "Route[destination=0.0.0.0/0, by=eth0]",
            "Route[destination=172.17.0.0/16, by=docker0]",
            "Route[destination=203.0.113.7/32, by=eth0]",
            "Route[destination=198.51.100.0/24, by=eth1]");
    assertThat(IpJson.gateway(json)).contains(IpAddress.parse("192.0.2.254"));
  }

  @Test
  void whereThereIsNothingIpPrintsNothing() {
    assertThat(IpJson.routes("", Family.IPV6)).isEmpty();
    assertThat(IpJson.gateway("[ ]")).isEmpty();
  }

  @Test
  void whatIsNoJsonIsRefused() {
    assertThatThrownBy(() -> IpJson.links("1: lo: <LOOPBACK,UP>"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("not JSON");
    assertThatThrownBy(() -> IpJson.links("{}")).hasMessage("not what ip -j prints: no array");
  }
}
