package dev.hairpin.agent.walk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.agent.walk.Asked.Sender;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.trace.Packet;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AskedTest {
  private static final String ADDRESSES =
      """
      [{"ifname":"lo","addr_info":[{"local":"127.0.0.1","prefixlen":8}]},
       {"ifname":"docker0","linkinfo":{"info_kind":"bridge"},"addr_info":[
         {"local":"172.17.0.1","prefixlen":16},{"local":"fd00::1","prefixlen":64}]},
       {"ifname":"eth0","addr_info":[
         {"local":"192.0.2.1","prefixlen":24},{"local":"2001:db8:1::1","prefixlen":64}]}]
      """;
  private static final String ROUTES_4 =
      """
      [{"dst":"172.17.0.0/16","dev":"docker0"},{"dst":"192.0.2.0/24","dev":"eth0"}]
      """;
  private static final String ROUTES_6 =
      """
      [{"dst":"fd00::/64","dev":"docker0"},{"dst":"2001:db8:1::/64","dev":"eth0"}]
      """;

  @ParameterizedTest
  @CsvSource({
    "8080, outside, tcp, 192.0.2.2, 192.0.2.1, Arriving[on=eth0]",
    "53/udp, outside, udp, 192.0.2.2, 192.0.2.1, Arriving[on=eth0]",
    "172.17.0.2:80, outside, tcp, 192.0.2.2, 172.17.0.2, Arriving[on=eth0]",
    "'[2001:db8:1::1]:80', outside, tcp, 2001:db8:1::2, 2001:db8:1::1, Arriving[on=eth0]",
    "host:8080/tcp, outside, tcp, 192.0.2.2, 192.0.2.1, Arriving[on=eth0]",
    "host/icmp, outside, ping, 192.0.2.2, 192.0.2.1, Arriving[on=eth0]",
    "8080, host, tcp, 192.0.2.1, 192.0.2.1, ThisHost[]",
    "localhost:8080, host, tcp, 127.0.0.1, 127.0.0.1, ThisHost[]",
    "'[::1]:8080', host, tcp, ::1, ::1, ThisHost[]",
    "172.17.0.2:80, host, tcp, 172.17.0.1, 172.17.0.2, ThisHost[]",
    "8080, 172.17.0.3, tcp, 172.17.0.3, 172.17.0.1, Arriving[on=docker0]",
    "192.0.2.1:8080, 172.17.0.3, tcp, 172.17.0.3, 192.0.2.1, Arriving[on=docker0]",
    "172.17.0.2:80, 172.17.0.3, tcp, 172.17.0.3, 172.17.0.2, Bridged[bridge=docker0]",
    "8080, 192.0.2.1, tcp, 192.0.2.1, 192.0.2.1, ThisHost[]",
    "icmp, outside, ping, 192.0.2.2, 192.0.2.1, Arriving[on=eth0]",
    "172.17.0.2/icmp, 172.17.0.3, ping, 172.17.0.3, 172.17.0.2, Bridged[bridge=docker0]",
    "2001:db8:1::1/icmp, outside, ping, 2001:db8:1::2, 2001:db8:1::1, Arriving[on=eth0]",
    "localhost/icmp, host, ping, 127.0.0.1, 127.0.0.1, ThisHost[]",
  })
  void whatIsLeftOpenComesFromTheHost(
      String target, String from, String protocol, String source, String to, String origin) {
    Asked asked = Asked.parse(target, Sender.parse(from), Optional.empty());
    Packet packet = asked.on(host(asked.family()));

    assertThat(packet.protocol().map(Protocol::keyword).orElse("ping")).isEqualTo(protocol);
    assertThat(packet.source()).hasToString(source);
    assertThat(packet.destination()).hasToString(to);
    assertThat(packet.origin()).hasToString(origin);
  }

  @Test
  void aNamedInterfaceIsTheOneThatItArrivesBy() {
    Asked asked = Asked.parse("127.0.0.1:8080", Sender.parse("192.0.2.9"), Optional.of("docker0"));

    assertThat(asked.on(host(Family.IPV4)).origin())
        .isEqualTo(new Packet.Origin.Arriving("docker0"));
  }

  @ParameterizedTest
  @CsvSource({
    "http, outside, is no port and no address with one",
    "8080/igmp, outside, 'is none of tcp, udp and sctp'",
    "8080/icmp, outside, is not an IP address",
    "70000, outside, port 70000 is outside 1-65535",
    "8080, nobody, is not an IP address",
    "8080, 198.51.100.1, no address of this host is on the side of 198.51.100.1; name one",
    "192.0.2.1:80, 198.51.100.1, name it with --in",
    "198.51.100.1:80, host, this host has no way to 198.51.100.1",
  })
  void whatCannotBeIsSaid(String target, String from, String why) {
    assertThatThrownBy(
            () -> {
              Asked asked = Asked.parse(target, Sender.parse(from), Optional.empty());
              asked.on(host(asked.family()));
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  private static Surveyed host(Family family) {
    return Surveyed.of(
        family,
        ADDRESSES,
        switch (family) {
          case IPV4 -> ROUTES_4;
          case IPV6 -> ROUTES_6;
        });
  }
}
