package dev.hairpin.rules.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.netfilter.Table;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What dockerd 28 and 29 write alike. The default bridge is docker0 with 172.17.0.0/16; n1 is br-n1
 * with 172.18.0.0/16 and fd00:18::/64. Containers are db (.2), web (.3) and so on.
 */
class DockerForwardLayoutsTest {
  private static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16"));
  private static final List<IpPrefix> BOTH =
      List.of(IpPrefix.parse("172.18.0.0/16"), IpPrefix.parse("fd00:18::/64"));
  private static final BridgeNetwork N1 = BridgeNetwork.of("n1", "br-n1", BOTH, true, true, false);

  static Stream<Named<Layout>> layouts() {
    return Stream.of(
        Named.of("docker28", new Docker28Layout()), Named.of("docker29", new Docker29Layout()));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void theChainsOfAFamilyAreThereBeforeAnyNetworkIs(Layout layout) {
    Printed printed = Printed.by(layout, StateOf.networks(DOCKER0), Family.IPV6);

    assertThat(printed.filter("FORWARD"))
        .isEqualTo(
            """
            -j DOCKER-USER
            -j DOCKER-FORWARD
            """);
    assertThat(printed.filter("DOCKER-FORWARD"))
        .startsWith("-j DOCKER-CT\n")
        .endsWith("-j DOCKER-BRIDGE\n")
        .hasLineCount(3);
    assertThat(printed.filter("DOCKER-USER")).isEmpty();
    assertThat(printed.nat("OUTPUT"))
        .isEqualTo("! -d ::1/128 -m addrtype --dst-type LOCAL -j DOCKER\n");
    assertThat(printed.filter("DOCKER")).isEmpty();
    assertThat(printed.nat("DOCKER")).isEmpty();
    assertThat(printed.nat("POSTROUTING")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void theNewestPortIsOpenedFirstAboveWhatClosesTheNetworks(Layout layout) {
    StateOf state =
        StateOf.networks(DOCKER0, N1)
            .container("db", "docker0", "172.17.0.2")
            .container("web", "br-n1", "172.18.0.2", "fd00:18::2")
            .publishes("db", "0.0.0.0", 5432, "172.17.0.2", 5432)
            .publishes("web", "0.0.0.0", 8080, "172.18.0.2", 80)
            .publishes("web", "192.0.2.1", 8443, "172.18.0.2", 443)
            .publishes("web", "0.0.0.0", 9080, "172.18.0.2", 80);

    Printed printed = Printed.by(layout, state, Family.IPV4);

    assertThat(printed.filter("DOCKER"))
        .isEqualTo(
            """
            -d 172.18.0.2/32 ! -i br-n1 -o br-n1 -p tcp -m tcp --dport 443 -j ACCEPT
            -d 172.18.0.2/32 ! -i br-n1 -o br-n1 -p tcp -m tcp --dport 80 -j ACCEPT
            -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT
            ! -i docker0 -o docker0 -j DROP
            ! -i br-n1 -o br-n1 -j DROP
            """);
    assertThat(printed.nat("DOCKER"))
        .endsWith(
            """
            ! -i docker0 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.2:5432
            ! -i br-n1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80
            -d 192.0.2.1/32 ! -i br-n1 -p tcp -m tcp --dport 8443 -j DNAT --to-destination 172.18.0.2:443
            ! -i br-n1 -p tcp -m tcp --dport 9080 -j DNAT --to-destination 172.18.0.2:80
            """);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void linkLocalClientsAreLeftToTheProxy(Layout layout) {
    StateOf state =
        StateOf.networks(N1)
            .container("web", "br-n1", "172.18.0.2", "fd00:18::2")
            .publishes("web", "::", 8080, "fd00:18::2", 80)
            .publishes("web", "2001:db8:1::1", 8081, "fd00:18::2", 80);

    assertThat(Printed.by(layout, state, Family.IPV6).nat("DOCKER"))
        .endsWith(
            """
            ! -s fe80::/10 ! -i br-n1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00:18::2]:80
            ! -s fe80::/10 -d 2001:db8:1::1/128 ! -i br-n1 -p tcp -m tcp --dport 8081 -j DNAT --to-destination [fd00:18::2]:80
            """);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void anIpv6PortOfAnIpv4ContainerIsForTheProxyAlone(Layout layout) {
    StateOf state =
        StateOf.networks(DOCKER0)
            .container("web", "docker0", "172.17.0.2")
            .publishes("web", "::", 8080, "172.17.0.2", 80);

    assertThat(Printed.by(layout, state, Family.IPV6).all())
        .isEqualTo(Printed.by(layout, StateOf.networks(DOCKER0), Family.IPV6).all());
    assertThat(Printed.by(layout, state, Family.IPV4).filter("DOCKER"))
        .isEqualTo("! -i docker0 -o docker0 -j DROP\n");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void withoutAProxyEveryPathIsTranslated(Layout layout) {
    StateOf state =
        StateOf.networks(N1)
            .container("web", "br-n1", "172.18.0.2", "fd00:18::2")
            .publishes("web", "0.0.0.0", 8080, "172.18.0.2", 80)
            .publishes("web", "::", 8080, "fd00:18::2", 80)
            .withoutProxy();

    Printed ipv4 = Printed.by(layout, state, Family.IPV4);
    Printed ipv6 = Printed.by(layout, state, Family.IPV6);

    assertThat(ipv4.nat("OUTPUT")).isEqualTo("-m addrtype --dst-type LOCAL -j DOCKER\n");
    assertThat(ipv4.nat("DOCKER"))
        .isEqualTo("-p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80\n");
    assertThat(ipv4.nat("POSTROUTING"))
        .isEqualTo(
            """
            -o br-n1 -m addrtype --src-type LOCAL -j MASQUERADE
            -s 172.18.0.0/16 ! -o br-n1 -j MASQUERADE
            -s 172.18.0.2/32 -d 172.18.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
            """);
    assertThat(ipv6.nat("DOCKER"))
        .isEqualTo(
            "! -s fe80::/10 -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00:18::2]:80\n");
    assertThat(ipv6.nat("POSTROUTING"))
        .endsWith("-s fd00:18::2/128 -d fd00:18::2/128 -p tcp -m tcp --dport 80 -j MASQUERADE\n");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void sctpIsPublishedLikeAnyProtocol(Layout layout) {
    StateOf state =
        StateOf.networks(DOCKER0)
            .container("web", "docker0", "172.17.0.2")
            .publishes("web", Protocol.SCTP, "0.0.0.0", 9090, "172.17.0.2", 80);

    Printed printed = Printed.by(layout, state, Family.IPV4);

    assertThat(printed.nat("DOCKER"))
        .endsWith(
            "! -i docker0 -p sctp -m sctp --dport 9090 -j DNAT --to-destination 172.17.0.2:80\n");
    assertThat(printed.tables().chains()).noneMatch(chain -> chain.table() == Table.MANGLE);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void whatOnlyThisHostShouldAddressIsDroppedOnArrival(Layout layout) {
    StateOf state =
        StateOf.networks(DOCKER0, N1)
            .container("db", "docker0", "172.17.0.2")
            .container("db", "br-n1", "172.18.0.2", "fd00:18::2")
            .container("web", "docker0", "172.17.0.3")
            .publishes("db", "127.0.0.1", 5432, "172.17.0.2", 5432)
            .publishes("db", Protocol.UDP, "127.0.0.2", 53, "172.17.0.2", 53)
            .publishes("db", "::1", 5432, "fd00:18::2", 5432)
            .publishes("web", "0.0.0.0", 8080, "172.17.0.3", 80);

    assertThat(Printed.by(layout, state, Family.IPV4).raw())
        .isEqualTo(
            """
            -d 172.17.0.2/32 ! -i docker0 -j DROP
            -d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 5432 -j DROP
            -d 127.0.0.2/32 ! -i lo -p udp -m udp --dport 53 -j DROP
            -d 172.18.0.2/32 ! -i br-n1 -j DROP
            -d 172.17.0.3/32 ! -i docker0 -j DROP
            """);
    assertThat(Printed.by(layout, state, Family.IPV6).raw())
        .isEqualTo("-d fd00:18::2/128 ! -i br-n1 -j DROP\n");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void trustedInterfacesMayAddressMembers(Layout layout) {
    StateOf state =
        StateOf.networks(N1.withTrustedInterfaces(List.of("eth1", "eth0")))
            .container("web", "br-n1", "172.18.0.2", "fd00:18::2");

    assertThat(Printed.by(layout, state, Family.IPV4).raw())
        .isEqualTo(
            """
            -d 172.18.0.2/32 -i eth1 -j ACCEPT
            -d 172.18.0.2/32 -i eth0 -j ACCEPT
            -d 172.18.0.2/32 ! -i br-n1 -j DROP
            """);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void whereDirectRoutingIsAllowedOnlyLoopbackIsClosed(Layout layout) {
    assertThat(Printed.by(layout, onLoopback(DOCKER0).withDirectRouting(), Family.IPV4).raw())
        .isEqualTo("-d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 5432 -j DROP\n");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void theRawTableIsLeftAloneOnDemand(Layout layout) {
    Printed printed = Printed.by(layout, onLoopback(DOCKER0).withoutRawTable(), Family.IPV4);

    assertThat(printed.all()).doesNotContain("*raw");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void anUnprotectedNetworkIsOpenOnAllPortsOfThatFamily(Layout layout) {
    StateOf state =
        StateOf.networks(N1.withGatewayModes(Map.of(Family.IPV4, GatewayMode.NAT_UNPROTECTED)))
            .container("db", "br-n1", "172.18.0.2", "fd00:18::2")
            .publishes("db", "127.0.0.1", 5432, "172.18.0.2", 5432)
            .publishes("db", "::", 5432, "fd00:18::2", 5432);

    Printed ipv4 = Printed.by(layout, state, Family.IPV4);
    Printed ipv6 = Printed.by(layout, state, Family.IPV6);

    assertThat(ipv4.filter("DOCKER")).isEqualTo("! -i br-n1 -o br-n1 -j ACCEPT\n");
    assertThat(ipv4.raw())
        .isEqualTo("-d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 5432 -j DROP\n");
    assertThat(ipv4.nat("POSTROUTING")).isEqualTo("-s 172.18.0.0/16 ! -o br-n1 -j MASQUERADE\n");
    assertThat(ipv6.filter("DOCKER"))
        .isEqualTo(
            """
            -d fd00:18::2/128 ! -i br-n1 -o br-n1 -p tcp -m tcp --dport 5432 -j ACCEPT
            ! -i br-n1 -o br-n1 -j DROP
            """);
    assertThat(ipv6.raw()).isEqualTo("-d fd00:18::2/128 ! -i br-n1 -j DROP\n");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void aRoutedNetworkTranslatesNothingInThatFamily(Layout layout) {
    StateOf state =
        StateOf.networks(N1.withGatewayModes(Map.of(Family.IPV6, GatewayMode.ROUTED)))
            .container("web", "br-n1", "172.18.0.2", "fd00:18::2")
            .publishes("web", "0.0.0.0", 8080, "172.18.0.2", 80)
            .opens("web", "fd00:18::2", 80);

    Printed ipv4 = Printed.by(layout, state, Family.IPV4);
    Printed ipv6 = Printed.by(layout, state, Family.IPV6);

    assertThat(ipv4.raw()).isEqualTo("-d 172.18.0.2/32 ! -i br-n1 -j DROP\n");
    assertThat(ipv4.nat("POSTROUTING")).isEqualTo("-s 172.18.0.0/16 ! -o br-n1 -j MASQUERADE\n");
    assertThat(ipv6.filter("DOCKER"))
        .isEqualTo(
            """
            -d fd00:18::2/128 ! -i br-n1 -o br-n1 -p tcp -m tcp --dport 80 -j ACCEPT
            -o br-n1 -p ipv6-icmp -j ACCEPT
            ! -i br-n1 -o br-n1 -j DROP
            """);
    assertThat(ipv6.raw()).isEmpty();
    assertThat(ipv6.nat("POSTROUTING")).isEmpty();
    assertThat(ipv6.nat("DOCKER")).doesNotContain("DNAT");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void portsOfRoutedNetworksAreOpenedInOrderOfStart(Layout layout) {
    StateOf state =
        StateOf.networks(DOCKER0, N1.withGatewayModes(Map.of(Family.IPV4, GatewayMode.ROUTED)))
            .container("first", "docker0", "172.17.0.2")
            .container("first", "br-n1", "172.18.0.2")
            .container("second", "br-n1", "172.18.0.3")
            .container("third", "docker0", "172.17.0.4")
            .publishes("first", "0.0.0.0", 8080, "172.17.0.2", 80)
            .publishes("third", "0.0.0.0", 8084, "172.17.0.4", 80)
            .opens("first", "172.18.0.2", 80)
            .opens("second", "172.18.0.3", 80);

    assertThat(Printed.by(layout, state, Family.IPV4).filter("DOCKER"))
        .startsWith(
            """
            -d 172.17.0.4/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
            -d 172.18.0.3/32 ! -i br-n1 -o br-n1 -p tcp -m tcp --dport 80 -j ACCEPT
            -d 172.18.0.2/32 ! -i br-n1 -o br-n1 -p tcp -m tcp --dport 80 -j ACCEPT
            -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
            """);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void membersThatMayNotTalkToEachOtherStillReachTheRest(Layout layout) {
    BridgeNetwork silent = BridgeNetwork.of("n1", "br-n1", BOTH, false, true, false);

    for (Family family : Family.values()) {
      assertThat(Printed.by(layout, StateOf.networks(silent), family).filter("DOCKER-FORWARD"))
          .endsWith(
              """
              -j DOCKER-BRIDGE
              -i br-n1 -o br-n1 -j DROP
              -i br-n1 ! -o br-n1 -j ACCEPT
              """);
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void linkedContainersTalkAllTheSame(Layout layout) {
    BridgeNetwork silent =
        BridgeNetwork.of("bridge", "docker0", DOCKER0.subnets(), false, true, false);
    StateOf state =
        StateOf.networks(silent, N1)
            .container("db", "docker0", "172.17.0.2")
            .container("web", "docker0", "172.17.0.3")
            .publishes("web", "0.0.0.0", 8080, "172.17.0.3", 80)
            .links("docker0", "172.17.0.3", "172.17.0.2", 5432);

    assertThat(Printed.by(layout, state, Family.IPV4).filter("DOCKER"))
        .isEqualTo(
            """
            -d 172.17.0.3/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
            ! -i docker0 -o docker0 -j DROP
            ! -i br-n1 -o br-n1 -j DROP
            -s 172.17.0.3/32 -d 172.17.0.2/32 -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT
            -s 172.17.0.2/32 -d 172.17.0.3/32 -i docker0 -o docker0 -p tcp -m tcp --sport 5432 -j ACCEPT
            """);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void anInternalNetworkPublishesNothing(Layout layout) {
    BridgeNetwork internal =
        BridgeNetwork.of("n1", "br-n1", BOTH, false, true, true)
            .withGatewayModes(
                Map.of(Family.IPV4, GatewayMode.ISOLATED, Family.IPV6, GatewayMode.ISOLATED));
    StateOf state =
        StateOf.networks(internal)
            .container("web", "br-n1", "172.18.0.2", "fd00:18::2")
            .publishes("web", "127.0.0.1", 8080, "172.18.0.2", 80);

    Printed printed = Printed.by(layout, state, Family.IPV4);

    assertThat(printed.filter("DOCKER-FORWARD")).endsWith("-i br-n1 -o br-n1 -j DROP\n");
    assertThat(printed.filter("DOCKER")).isEmpty();
    assertThat(printed.filter("DOCKER-BRIDGE")).isEmpty();
    assertThat(printed.filter("DOCKER-CT")).isEmpty();
    assertThat(printed.nat("DOCKER")).isEmpty();
    assertThat(printed.nat("POSTROUTING")).isEmpty();
    assertThat(printed.all()).doesNotContain("*raw");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void aChosenSourceAddressTakesThePlaceOfMasquerading(Layout layout) {
    BridgeNetwork chosen =
        N1.withSourceAddresses(
            Map.of(
                Family.IPV4, IpAddress.parse("192.0.2.9"),
                Family.IPV6, IpAddress.parse("2001:db8:1::9")));

    assertThat(Printed.by(layout, StateOf.networks(chosen), Family.IPV4).nat("POSTROUTING"))
        .isEqualTo("-s 172.18.0.0/16 ! -o br-n1 -j SNAT --to-source 192.0.2.9\n");
    assertThat(
            Printed.by(layout, StateOf.networks(chosen).withoutProxy(), Family.IPV6)
                .nat("POSTROUTING"))
        .isEqualTo(
            """
            -o br-n1 -m addrtype --src-type LOCAL -j SNAT --to-source 2001:db8:1::9
            -s fd00:18::/64 ! -o br-n1 -j SNAT --to-source 2001:db8:1::9
            """);
  }

  /** 127.0.0.1 is no address that a member could reply to, masqueraded network or not. */
  @ParameterizedTest
  @MethodSource("layouts")
  void withoutAProxyThisHostIsMasqueradedEvenWhereMembersAreNot(Layout layout) {
    BridgeNetwork open = BridgeNetwork.of("n1", "br-n1", BOTH, true, false, false);

    assertThat(Printed.by(layout, StateOf.networks(open), Family.IPV4).nat("POSTROUTING"))
        .isEmpty();
    assertThat(
            Printed.by(layout, StateOf.networks(open).withoutProxy(), Family.IPV4)
                .nat("POSTROUTING"))
        .isEqualTo("-o br-n1 -m addrtype --src-type LOCAL -j MASQUERADE\n");
    assertThat(
            Printed.by(
                    layout,
                    StateOf.networks(N1.withGatewayModes(Map.of(Family.IPV4, GatewayMode.ROUTED)))
                        .withoutProxy(),
                    Family.IPV4)
                .nat("POSTROUTING"))
        .isEqualTo("-o br-n1 -m addrtype --src-type LOCAL -j MASQUERADE\n");
  }

  private static StateOf onLoopback(BridgeNetwork network) {
    return StateOf.networks(network)
        .container("db", network.bridge(), "172.17.0.2")
        .publishes("db", "127.0.0.1", 5432, "172.17.0.2", 5432);
  }
}
