package dev.hairpin.rules.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How dockerd 28 keeps networks apart, which 29 doesn't. */
class Docker28LayoutTest {
  private static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16"));
  private static final BridgeNetwork ROUTED =
      BridgeNetwork.of("n1", "br-n1", IpPrefix.parse("172.18.0.0/16"))
          .withGatewayModes(Map.of(Family.IPV4, GatewayMode.ROUTED));
  private static final BridgeNetwork INTERNAL =
      BridgeNetwork.of(
          "n2",
          "br-n2",
          List.of(IpPrefix.parse("172.19.0.0/16"), IpPrefix.parse("fd00:19::/64")),
          true,
          true,
          true);
  private static final BridgeNetwork BARE =
      BridgeNetwork.of("n3", "br-n3", List.of(IpPrefix.parse("172.20.0.0/16")), true, false, false);

  /** Exceptions are inserted, so the newest network's come first; the rest is appended. */
  @Test
  void exceptionsComeBeforeWhatKeepsNetworksApart() {
    Printed printed = print(StateOf.networks(DOCKER0, ROUTED, INTERNAL, BARE), Family.IPV4);

    assertThat(printed.filter("DOCKER-ISOLATION-STAGE-1"))
        .isEqualTo(
            """
            ! -s 172.19.0.0/16 -o br-n2 -j DROP
            ! -d 172.19.0.0/16 -i br-n2 -j DROP
            -i br-n1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -o br-n1 -j RETURN
            -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
            -i br-n1 ! -o br-n1 -j DOCKER-ISOLATION-STAGE-2
            -i br-n3 ! -o br-n3 -j DOCKER-ISOLATION-STAGE-2
            """);
    assertThat(printed.filter("DOCKER-ISOLATION-STAGE-2"))
        .isEqualTo(
            """
            -o br-n3 -j DROP
            -o br-n1 -j DROP
            -o docker0 -j DROP
            """);
  }

  @Test
  void linkLocalPacketsAmongMembersOfAnInternalNetworkStay() {
    assertThat(print(StateOf.networks(INTERNAL), Family.IPV6).filter("DOCKER-ISOLATION-STAGE-1"))
        .isEqualTo(
            """
            ! -s fd00:19::/64 ! -i br-n2 -o br-n2 -j DROP
            ! -d fd00:19::/64 -i br-n2 ! -o br-n2 -j DROP
            """);
  }

  @Test
  void membersOfMasqueradedNetworksAreLeftToTheProxy() {
    StateOf state = StateOf.networks(DOCKER0, ROUTED, INTERNAL, BARE);

    assertThat(print(state, Family.IPV4).nat("DOCKER"))
        .isEqualTo(
            """
            -i br-n1 -j RETURN
            -i docker0 -j RETURN
            """);
    assertThat(print(state.withoutProxy(), Family.IPV4).nat("DOCKER")).isEmpty();
  }

  /** {@code --bridge-accept-fwmark} came with 29. */
  @Test
  void aMarkOpensNothing() {
    assertThat(print(StateOf.networks(DOCKER0).accepting("2"), Family.IPV4).all())
        .isEqualTo(print(StateOf.networks(DOCKER0), Family.IPV4).all());
  }

  private static Printed print(StateOf state, Family family) {
    return Printed.by(new Docker28Layout(), state, family);
  }
}
