package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.doctor.Remedy;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import java.util.List;
import org.junit.jupiter.api.Test;

class PutBackLinesTest {
  private static final Rule JUMP = IptablesText.parseRule("-m addrtype --dst-type LOCAL -j DOCKER");

  @Test
  void rulesAreToldInTheWordsOfTheirFamilysTool() {
    PutBackLines lines =
        lines(Family.IPV6, new Change.InsertRule(Table.NAT, "PREROUTING", 1, JUMP));

    assertThat(lines.lines())
        .containsExactly("ip6tables -t nat -I PREROUTING 1 -m addrtype --dst-type LOCAL -j DOCKER");
    assertThat(lines.onlyPutsBack()).isTrue();
  }

  @Test
  void aChainIsToldRuleByRule() {
    Chain chain =
        IptablesText.parse(
                Family.IPV4,
                """
                *nat
                :DOCKER -
                -A DOCKER -i docker0 -j RETURN
                -A DOCKER -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:80
                COMMIT
                """)
            .chain(Table.NAT, "DOCKER")
            .orElseThrow();

    assertThat(lines(Family.IPV4, new Change.WriteChain(chain)).lines())
        .containsExactly(
            "iptables -t nat -A DOCKER -i docker0 -j RETURN",
            "iptables -t nat -A DOCKER -p tcp -m tcp --dport 80 -j DNAT --to-destination"
                + " 172.17.0.2:80");
  }

  @Test
  void whatIsTakenAwayIsNoPuttingBack() {
    PutBackLines lines =
        lines(
            Family.IPV4,
            new Change.DeleteRule(Table.NAT, "PREROUTING", JUMP),
            new Change.SetPolicy(Table.FILTER, Hook.FORWARD, Policy.DROP));

    assertThat(lines.lines())
        .containsExactly(
            "iptables -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
            "iptables -t filter -P FORWARD DROP");
    assertThat(lines.onlyPutsBack()).isFalse();
  }

  @Test
  void elementsOfMapsAreToldAsNftWritesThem() {
    assertThat(
            lines(
                    Family.IPV4,
                    new NftChange.AddJump("docker-bridges", "in-jumps", "docker0", "in__docker0"),
                    new NftChange.DeleteTable("docker-bridges"))
                .lines())
        .containsExactly(
            "nft add element ip docker-bridges in-jumps { \"docker0\" : jump in__docker0 }",
            "nft delete table ip docker-bridges");
  }

  private static PutBackLines lines(Family family, Change... changes) {
    return PutBackLines.of(new Remedy.PutBack(family, new Plan(List.of(changes))));
  }
}
