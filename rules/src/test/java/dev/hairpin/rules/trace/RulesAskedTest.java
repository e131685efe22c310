package dev.hairpin.rules.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.NftJson;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Address plan: containers 192.0.2.0/24, this host 198.51.100.1, a client 203.0.113.7. */
class RulesAskedTest {
  private static final IpAddress CLIENT = IpAddress.parse("203.0.113.7");
  private static final IpAddress C1 = IpAddress.parse("192.0.2.2");
  private static final Host WORLD =
      new Host(
          List.of(
              new Host.Interface("eth0", List.of(IpAddress.parse("198.51.100.1"))),
              new Host.Interface("docker0", List.of(IpAddress.parse("192.0.2.1")))),
          List.of(
              new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"),
              new Host.Route(IpPrefix.parse("192.0.2.0/24"), "docker0")));

  @Test
  void whereNoRuleIsNoneIsAsked() {
    assertThat(asked("")).isEqualTo(RulesAsked.NONE);
    assertThat(asked(":FORWARD ACCEPT")).isEqualTo(RulesAsked.NONE);
  }

  @Test
  void rulesThatDoNotMatchAreAskedTooUpToTheOneThatDecides() {
    assertThat(
            asked(
                """
                :FORWARD ACCEPT
                -A FORWARD -i eth1 -j DROP
                -A FORWARD -i eth2 -j DROP
                -A FORWARD -o docker0 -j ACCEPT
                -A FORWARD -i eth3 -j DROP
                """))
        .isEqualTo(new RulesAsked(3, 1));
  }

  @Test
  void aChainInWhichNothingDecidesIsAskedToItsEnd() {
    assertThat(
            asked(
                """
                :FORWARD ACCEPT
                :USER -
                :NEVER -
                -A FORWARD -j USER
                -A FORWARD -i eth1 -j NEVER
                -A USER -i eth1 -j DROP
                -A USER -i eth2 -j DROP
                -A NEVER -j DROP
                """))
        .isEqualTo(new RulesAsked(4, 2));
  }

  @Test
  void behindAReturnTheRestOfItsChainIsNotAsked() {
    assertThat(
            asked(
                """
                :FORWARD DROP
                :USER -
                -A FORWARD -j USER
                -A FORWARD -i eth1 -j DROP
                -A USER -j RETURN
                -A USER -i eth2 -j DROP
                -A USER -i eth3 -j DROP
                """))
        .isEqualTo(new RulesAsked(3, 2));
  }

  @Test
  void ofADecisionInAChainThatIsJumpedToBothPartsCount() {
    assertThat(
            asked(
                """
                :FORWARD DROP
                :USER -
                :DOCKER -
                -A FORWARD -j USER
                -A FORWARD -o docker0 -j DOCKER
                -A FORWARD -i eth3 -j DROP
                -A DOCKER -d 192.0.2.9/32 -j ACCEPT
                -A DOCKER -d 192.0.2.2/32 -j ACCEPT
                -A DOCKER -d 192.0.2.3/32 -j ACCEPT
                """))
        .isEqualTo(new RulesAsked(4, 3));
  }

  @Test
  void aRuleThatOnlyMarksEndsNothing() {
    assertThat(
            asked(
                """
                :FORWARD ACCEPT
                -A FORWARD -j MARK --set-xmark 0x1/0x1
                -A FORWARD -i eth1 -j DROP
                """))
        .isEqualTo(new RulesAsked(2, 1));
  }

  /** As the tables of dockerd 29's are built. */
  @Test
  void aMapOfChainsIsOneRuleAndTheChainThatItFinds() {
    Tables tables =
        new Tables(
            Family.IPV4,
            List.of(),
            NftJson.read(
                """
                {"nftables": [
                  {"table": {"family": "ip", "name": "docker-bridges", "handle": 1}},
                  {"map": {"family": "ip", "name": "out", "table": "docker-bridges", "type": "ifname",
                    "handle": 2, "map": "verdict", "elem": [
                      ["docker0", {"jump": {"target": "in__docker0"}}],
                      ["docker1", {"jump": {"target": "in__docker1"}}]]}},
                  {"chain": {"family": "ip", "table": "docker-bridges", "name": "FORWARD", "handle": 3,
                    "type": "filter", "hook": "forward", "prio": 0, "policy": "accept"}},
                  {"chain": {"family": "ip", "table": "docker-bridges", "name": "in__docker0",
                    "handle": 4}},
                  {"chain": {"family": "ip", "table": "docker-bridges", "name": "in__docker1",
                    "handle": 5}},
                  {"rule": {"family": "ip", "table": "docker-bridges", "chain": "FORWARD", "handle": 6,
                    "expr": [{"vmap": {"key": {"meta": {"key": "oifname"}}, "data": "@out"}}]}},
                  {"rule": {"family": "ip", "table": "docker-bridges", "chain": "in__docker0",
                    "handle": 7, "expr": [
                      {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth1"}},
                      {"drop": null}]}},
                  {"rule": {"family": "ip", "table": "docker-bridges", "chain": "in__docker0",
                    "handle": 8, "expr": [{"accept": null}]}}]}
                """,
                Family.IPV4));

    assertThat(asked(tables)).isEqualTo(new RulesAsked(3, 2));
  }

  private static RulesAsked asked(String rules) {
    return asked(IptablesText.parse(Family.IPV4, "*filter\n" + rules.strip() + "\nCOMMIT\n"));
  }

  private static RulesAsked asked(Tables tables) {
    Packet packet = Packet.arriving("eth0", Protocol.TCP, CLIENT, C1, 80);
    return RulesAsked.of(tables, new PacketTracer(tables, WORLD).trace(packet));
  }
}
