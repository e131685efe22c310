package dev.hairpin.rules.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What dockerd 29 does otherwise than 28. */
class Docker29LayoutTest {
  private static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16"));
  private static final BridgeNetwork N1 =
      BridgeNetwork.of("n1", "br-n1", IpPrefix.parse("172.18.0.0/16"));
  private static final BridgeNetwork N2 = internal("n2", "br-n2", 19);
  private static final BridgeNetwork N3 = internal("n3", "br-n3", 20);

  private final Docker29Layout layout = new Docker29Layout();

  @Test
  void onlyInternalNetworksAreCutOff() {
    StateOf state = StateOf.networks(DOCKER0, N2, N1, N3);

    assertThat(print(state, Family.IPV4).filter("DOCKER-INTERNAL"))
        .isEqualTo(
            """
            ! -s 172.20.0.0/16 -o br-n3 -j DROP
            ! -d 172.20.0.0/16 -i br-n3 -j DROP
            ! -s 172.19.0.0/16 -o br-n2 -j DROP
            ! -d 172.19.0.0/16 -i br-n2 -j DROP
            """);
    assertThat(print(state, Family.IPV6).filter("DOCKER-INTERNAL"))
        .isEqualTo(
            """
            ! -s fd00:20::/64 ! -i br-n3 -o br-n3 -j DROP
            ! -d fd00:20::/64 -i br-n3 ! -o br-n3 -j DROP
            ! -s fd00:19::/64 ! -i br-n2 -o br-n2 -j DROP
            ! -d fd00:19::/64 -i br-n2 ! -o br-n2 -j DROP
            """);
  }

  @Test
  void membersOfOtherNetworksAreTranslatedLikeAnybody() {
    StateOf state =
        StateOf.networks(DOCKER0, N1)
            .container("web", "docker0", "172.17.0.2")
            .publishes("web", "0.0.0.0", 8080, "172.17.0.2", 80);

    assertThat(print(state, Family.IPV4).nat("DOCKER"))
        .isEqualTo(
            "! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\n");
  }

  @Test
  void markedPacketsPassBeforeAnythingElseIsAsked() {
    assertThat(
            print(StateOf.networks(DOCKER0, N1).accepting("0x10/0xf0"), Family.IPV4)
                .filter("DOCKER-FORWARD"))
        .startsWith(
            """
            -m mark --mark 0x10/0xf0 -j ACCEPT
            -j DOCKER-CT
            """);
    assertThat(
            print(StateOf.networks(DOCKER0, N1).accepting("2"), Family.IPV4)
                .filter("DOCKER-FORWARD"))
        .startsWith("-m mark --mark 0x2 -j ACCEPT\n");
  }

  /** dockerd writes the rule when it makes a network that can be entered. */
  @Test
  void withoutANetworkToEnterNoMarkIsAskedFor() {
    StateOf state = StateOf.networks(DOCKER0, N2).accepting("2");

    assertThat(print(state, Family.IPV6).all()).doesNotContain("mark");
  }

  /**
   * dockerd deletes the rule, which all networks share, when any one of them is removed, and until
   * its next start marked packets don't pass. This isn't copied.
   */
  @Test
  void markedPacketsStillPassWhenANetworkIsRemoved() {
    Ruleset before =
        layout.rulesFor(StateOf.networks(DOCKER0, N1).accepting("2").state(), Family.IPV4);
    Ruleset after = layout.rulesFor(StateOf.networks(DOCKER0).accepting("2").state(), Family.IPV4);
    Tables fresh = Tables.empty(Family.IPV4);
    Tables both = Plan.between(fresh, Ruleset.empty(Family.IPV4), before).appliedTo(fresh);

    Printed printed = new Printed(Plan.between(both, before, after).appliedTo(both));

    assertThat(printed.filter("DOCKER-FORWARD"))
        .startsWith("-m mark --mark 0x2 -j ACCEPT\n")
        .doesNotContain("br-n1");
  }

  private static BridgeNetwork internal(String name, String bridge, int number) {
    return BridgeNetwork.of(
        name,
        bridge,
        List.of(
            IpPrefix.parse("172." + number + ".0.0/16"),
            IpPrefix.parse("fd00:" + number + "::/64")),
        true,
        true,
        true);
  }

  private Printed print(StateOf state, Family family) {
    return Printed.by(layout, state, family);
  }
}
