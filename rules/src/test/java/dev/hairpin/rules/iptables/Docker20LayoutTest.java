package dev.hairpin.rules.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What dockerd 20.10 to 27 can be asked for beyond the recordings. */
class Docker20LayoutTest {
  private static final List<IpPrefix> BOTH =
      List.of(IpPrefix.parse("172.18.0.0/16"), IpPrefix.parse("fd00:18::/64"));
  private static final BridgeNetwork N1 = BridgeNetwork.of("n1", "br-n1", BOTH, true, true, false);
  private static final BridgeNetwork SILENT =
      BridgeNetwork.of(
          "bridge", "docker0", List.of(IpPrefix.parse("172.17.0.0/16")), false, true, false);
  private static final BridgeNetwork INTERNAL =
      BridgeNetwork.of("n1", "br-n1", BOTH, true, true, true);

  @Test
  void linksAreMadeWhenTheSecondOfTheTwoStarts() {
    StateOf state =
        StateOf.networks(SILENT)
            .container("db", "docker0", "172.17.0.2")
            .container("web", "docker0", "172.17.0.3")
            .container("other", "docker0", "172.17.0.4")
            .publishes("db", "0.0.0.0", 5432, "172.17.0.2", 5432)
            .publishes("web", "0.0.0.0", 8080, "172.17.0.3", 80)
            .publishes("other", "0.0.0.0", 8081, "172.17.0.4", 80)
            .links("docker0", "172.17.0.3", "172.17.0.2", 5432);

    Printed printed = print(state, Family.IPV4);

    assertThat(printed.filter("DOCKER"))
        .isEqualTo(
            """
            -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT
            -d 172.17.0.3/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
            -s 172.17.0.3/32 -d 172.17.0.2/32 -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT
            -s 172.17.0.2/32 -d 172.17.0.3/32 -i docker0 -o docker0 -p tcp -m tcp --sport 5432 -j ACCEPT
            -d 172.17.0.4/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
            """);
    assertThat(printed.filter("FORWARD")).endsWith("-i docker0 -o docker0 -j DROP\n");
  }

  /**
   * Its ports moved to another network when it joined that one, which is when they were written.
   */
  @Test
  void portsComeInTheOrderGivenAlsoWhenTheirMemberWasThereBefore() {
    StateOf state =
        StateOf.networks(SILENT, N1)
            .container("web", "br-n1", "172.18.0.2")
            .container("calm", "docker0", "172.17.0.2")
            .publishes("calm", "0.0.0.0", 8081, "172.17.0.2", 80)
            .publishes("web", "0.0.0.0", 8080, "172.18.0.2", 80);

    assertThat(print(state, Family.IPV4).filter("DOCKER"))
        .isEqualTo(
            """
            -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
            -d 172.18.0.2/32 ! -i br-n1 -o br-n1 -p tcp -m tcp --dport 80 -j ACCEPT
            """);
  }

  @Test
  void aRoutedNetworkGetsOnlyItsPortsOpened() {
    StateOf state =
        StateOf.networks(SILENT, N1.withGatewayModes(Map.of(Family.IPV4, GatewayMode.ROUTED)))
            .container("web", "br-n1", "172.18.0.2", "fd00:18::2")
            .opens("web", "172.18.0.2", 80)
            .publishes("web", "::", 8080, "fd00:18::2", 80);

    Printed ipv4 = print(state, Family.IPV4);
    Printed ipv6 = print(state, Family.IPV6);

    assertThat(ipv4.filter("DOCKER"))
        .isEqualTo("-d 172.18.0.2/32 ! -i br-n1 -o br-n1 -p tcp -m tcp --dport 80 -j ACCEPT\n");
    assertThat(ipv4.nat("DOCKER")).isEqualTo("-i docker0 -j RETURN\n");
    assertThat(ipv4.nat("POSTROUTING")).isEqualTo("-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n");
    assertThat(ipv6.nat("DOCKER"))
        .isEqualTo(
            """
            -i br-n1 -j RETURN
            ! -i br-n1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00:18::2]:80
            """);
  }

  @Test
  void aChosenSourceAddressTakesThePlaceOfMasquerading() {
    BridgeNetwork chosen =
        N1.withSourceAddresses(Map.of(Family.IPV4, IpAddress.parse("192.0.2.9")));
    StateOf state =
        StateOf.networks(chosen)
            .container("web", "br-n1", "172.18.0.2", "fd00:18::2")
            .publishes("web", "0.0.0.0", 8080, "172.18.0.2", 80)
            .withoutProxy();

    assertThat(print(state, Family.IPV4).nat("POSTROUTING"))
        .isEqualTo(
            """
            -o br-n1 -m addrtype --src-type LOCAL -j SNAT --to-source 192.0.2.9
            -s 172.18.0.0/16 ! -o br-n1 -j SNAT --to-source 192.0.2.9
            -s 172.18.0.2/32 -d 172.18.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
            """);
    assertThat(print(state, Family.IPV6).nat("POSTROUTING"))
        .endsWith("-s fd00:18::/64 ! -o br-n1 -j MASQUERADE\n");
  }

  @Test
  void linkLocalPacketsAmongMembersOfAnInternalNetworkStay() {
    assertThat(print(StateOf.networks(INTERNAL), Family.IPV6).filter("DOCKER-ISOLATION-STAGE-1"))
        .isEqualTo(
            """
            ! -s fd00:18::/64 ! -i br-n1 -o br-n1 -j DROP
            ! -d fd00:18::/64 -i br-n1 ! -o br-n1 -j DROP
            -j RETURN
            """);
  }

  /** It is told by its lack of a DOCKER-USER in IPv6. */
  @Test
  void dockerd2010ClosesInternalNetworksInTheSameWordsInBothFamilies() {
    StateOf state = StateOf.networks(INTERNAL).withUserChains(Family.IPV4);

    assertThat(print(state, Family.IPV6).filter("DOCKER-ISOLATION-STAGE-1"))
        .isEqualTo(
            """
            ! -s fd00:18::/64 -o br-n1 -j DROP
            ! -d fd00:18::/64 -i br-n1 -j DROP
            -j RETURN
            """);
    assertThat(print(state, Family.IPV4).filter("DOCKER-ISOLATION-STAGE-1"))
        .isEqualTo(
            """
            ! -s 172.18.0.0/16 -o br-n1 -j DROP
            ! -d 172.18.0.0/16 -i br-n1 -j DROP
            -j RETURN
            """);
  }

  private static Printed print(StateOf state, Family family) {
    return Printed.by(new Docker20Layout(), state, family);
  }
}
