package dev.hairpin.agent.lab;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hairpin.agent.control.RuleLine;
import dev.hairpin.agent.lab.RuleCounters.CountedRule;
import dev.hairpin.agent.lab.Show.ShownRule;
import dev.hairpin.rules.address.Family;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ShowTest {
  private static final CountedRule JUMP =
      nat("PREROUTING", "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER");
  private static final CountedRule RETURN = nat("DOCKER", "-A DOCKER -i docker1 -j RETURN");
  private static final CountedRule DNAT =
      nat(
          "DOCKER",
          "-A DOCKER ! -i docker1 -p tcp -m tcp --dport 3000 -j DNAT --to-destination"
              + " 172.18.0.2:3000");
  private static final CountedRule OF_THE_USER =
      new CountedRule(Family.IPV4, "filter", "FORWARD", "-A FORWARD -i eth0");

  private static final List<RuleLine> OURS =
      List.of(
          new RuleLine(RuleLine.IPTABLES, "ip", "nat", "DOCKER", ":DOCKER - [0:0]", "", "", ""),
          line(JUMP, "What is for an address of this host may be for a published port."),
          line(RETURN, "The bridge's own members are served by the proxy."),
          line(DNAT, "Sends connections to the host's port on to ns1."));

  private static final Visit OUTSIDE =
      new Visit(
          Approach.FROM_OUTSIDE,
          new Visit.Answer.Arrived("Hello container!", "192.0.2.2"),
          List.of(JUMP, DNAT, OF_THE_USER));
  private static final Visit LOCALHOST =
      new Visit(
          Approach.BY_LOCALHOST_IPV6,
          new Visit.Answer.Arrived("Hello container!", "172.18.0.1"),
          List.of());
  private static final Visit HAIRPIN =
      new Visit(
          Approach.HAIRPIN, new Visit.Answer.Missed("connection refused"), List.of(JUMP, RETURN));

  /** As iptables-save orders them: the filter table is printed before the nat table. */
  private static final RuleCounters COUNTERS =
      new RuleCounters(
          Stream.of(
                  new CountedRule(Family.IPV4, "filter", "INPUT", "-A INPUT -i lo -j ACCEPT"),
                  OF_THE_USER,
                  JUMP,
                  RETURN,
                  DNAT)
              .collect(toMap(rule -> rule, rule -> 1L, Long::sum, LinkedHashMap::new)));

  private static final Show SHOW =
      Show.of(true, new Visitor.Round(List.of(OUTSIDE, LOCALHOST, HAIRPIN), COUNTERS), OURS);

  @Test
  void rulesAreTheAgentsOwnAndOthersThatWereUsedInPacketOrder() {
    assertThat(SHOW.rules())
        .extracting(ShownRule::rule)
        .containsExactly(JUMP, RETURN, DNAT, OF_THE_USER);
    assertThat(SHOW.rules().getLast().reason()).isEmpty();
  }

  @Test
  void eachRuleKnowsWhoUsedIt() {
    assertThat(SHOW.rules())
        .extracting(ShownRule::usedBy)
        .containsExactly(
            Set.of(Approach.FROM_OUTSIDE, Approach.HAIRPIN),
            Set.of(Approach.HAIRPIN),
            Set.of(Approach.FROM_OUTSIDE),
            Set.of(Approach.FROM_OUTSIDE));
  }

  @Test
  void whatWasTranslatedWasCarriedByTheKernelAndTheRestByTheProxy() {
    assertThat(OUTSIDE.carrier()).isEqualTo(Visit.Carrier.KERNEL);
    assertThat(LOCALHOST.carrier()).isEqualTo(Visit.Carrier.PROXY);
    assertThat(HAIRPIN.carrier()).isEqualTo(Visit.Carrier.NOBODY);
  }

  @Test
  void textShowsRequestsRulesAndWays() {
    assertThat(SHOW.text(false))
        .isEqualTo(
            """
              outside 192.0.2.2
                 │
               eth0 192.0.2.1
              host ── docker1 172.18.0.1 ── ns1 172.18.0.2, web server on port 3000

               WHO ASKED              WHAT ADDRESS    WHAT CAME BACK      SEEN FROM   CARRIED BY
            a  outside                192.0.2.1:3000  Hello container!    192.0.2.2   kernel (DNAT)
            d  host, localhost, IPv6  [::1]:3000      Hello container!    172.18.0.1  userland proxy
            e  ns1 itself (hairpin)   192.0.2.1:3000  connection refused  -           -

            The rules in force, and by whose packets: counted while each of a to e asked.

            iptables -t nat
              1 a···e  -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
                       What is for an address of this host may be for a published port.
              2 ····e  -A DOCKER -i docker1 -j RETURN
                       The bridge's own members are served by the proxy.
              3 a····  -A DOCKER ! -i docker1 -p tcp -m tcp --dport 3000 -j DNAT
                         --to-destination 172.18.0.2:3000
                       Sends connections to the host's port on to ns1.

            iptables -t filter
              4 a····  -A FORWARD -i eth0
                       not the agent's to change

            The way of each request, by the numbers of the rules it met.

            a  outside                1 → 3 → 4 → ns1
            d  host, localhost, IPv6  the proxy's socket on the host → ns1
            e  ns1 itself (hairpin)   1 → 2 → nobody

            """);
  }

  @Test
  void onlyColouredTextHasEscapes() {
    assertThat(SHOW.text(false)).doesNotContain("\u001b");
    assertThat(SHOW.text(true).replaceAll("\u001b\\[\\d+m", "")).isEqualTo(SHOW.text(false));
  }

  @Test
  void jsonHoldsTheSame() {
    JsonNode json = JsonMapper.builder().build().valueToTree(SHOW.json());

    assertThat(json.at("/published").asBoolean()).isTrue();
    assertThat(json.at("/requests/0").toString())
        .isEqualTo(
            """
            {"id":"a","who":"outside","namespace":"outside","address":"192.0.2.1","port":3000,\
            "answer":"Hello container!","source":"192.0.2.2","carrier":"kernel","rules":[1,3,4]}\
            """);
    assertThat(json.at("/requests/2/error").asText()).isEqualTo("connection refused");
    assertThat(json.at("/requests/2/source").isMissingNode()).isTrue();
    assertThat(json.at("/rules/0/rule").asText()).isEqualTo(JUMP.rule());
    assertThat(json.at("/rules/0/usedBy").toString()).isEqualTo("[\"a\",\"e\"]");
  }

  private static CountedRule nat(String chain, String rule) {
    return new CountedRule(Family.IPV4, "nat", chain, rule);
  }

  private static RuleLine line(CountedRule rule, String reason) {
    return new RuleLine(
        RuleLine.IPTABLES, "ip", rule.table(), rule.chain(), rule.rule(), reason, "", "");
  }
}
