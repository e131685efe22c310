package dev.hairpin.agent.lab;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hairpin.agent.control.RuleLine;
import dev.hairpin.agent.lab.RuleCounters.CountedRule;
import dev.hairpin.agent.lab.Show.ShownRule;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.Family;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
      new Visit(Approach.HAIRPIN, new Visit.Answer.Refused(), List.of(JUMP, RETURN));

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
    assertThat(SHOW.text(Language.ENGLISH, false))
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

  @ParameterizedTest
  @EnumSource
  void everyoneWhoAsksAndEveryCarrierHasItsWords(Language language) {
    Wording wording = Wording.of("lab", language);

    assertThat(Approach.values())
        .allSatisfy(approach -> assertThat(wording.has("who." + approach)).isTrue());
    assertThat(Visit.Carrier.values())
        .allSatisfy(carrier -> assertThat(wording.has("carrier." + carrier)).isTrue())
        .allSatisfy(carrier -> assertThat(wording.has("end." + carrier)).isTrue());
  }

  @Test
  void inTraditionalChineseTheSameIsShown() {
    assertThat(SHOW.text(Language.TRADITIONAL_CHINESE, false))
        .isEqualTo(
            """
              outside 192.0.2.2
                 │
               eth0 192.0.2.1
              host ── docker1 172.18.0.1 ── ns1 172.18.0.2，在連接埠 3000 有網頁伺服器

               誰連線                     連到哪裡        得到什麼            看到的來源  經手
            a  外部主機                   192.0.2.1:3000  Hello container!    192.0.2.2   核心（DNAT）
            d  host 的 localhost（IPv6）  [::1]:3000      Hello container!    172.18.0.1  proxy（使用者空間）
            e  ns1 自己（hairpin）        192.0.2.1:3000  連線被拒            -           -

            生效中的規則，以及哪些封包用到它們：在 a 到 e 各連線一次的期間計數。

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
                       不歸 agent 管

            每次連線的路徑：依序遇到的規則號碼。

            a  外部主機                   1 → 3 → 4 → ns1
            d  host 的 localhost（IPv6）  proxy 在 host 上的 socket → ns1
            e  ns1 自己（hairpin）        1 → 2 → 沒有人

            """);
  }

  @Test
  void inSimplifiedChineseTheSameIsShown() {
    assertThat(SHOW.text(Language.SIMPLIFIED_CHINESE, false))
        .isEqualTo(
            """
              outside 192.0.2.2
                 │
               eth0 192.0.2.1
              host ── docker1 172.18.0.1 ── ns1 172.18.0.2，在端口 3000 有网页服务器

               谁连接                     连到哪里        得到什么            看到的来源  经手
            a  外部主机                   192.0.2.1:3000  Hello container!    192.0.2.2   内核（DNAT）
            d  host 的 localhost（IPv6）  [::1]:3000      Hello container!    172.18.0.1  proxy（用户空间）
            e  ns1 自己（hairpin）        192.0.2.1:3000  连接被拒绝          -           -

            生效中的规则，以及哪些数据包用到它们：在 a 到 e 各连接一次的期间计数。

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
                       不归 agent 管

            每次连接的路径：依次遇到的规则编号。

            a  外部主机                   1 → 3 → 4 → ns1
            d  host 的 localhost（IPv6）  proxy 在 host 上的 socket → ns1
            e  ns1 自己（hairpin）        1 → 2 → 没有人

            """);
  }

  @Test
  void onlyColouredTextHasEscapes() {
    assertThat(SHOW.text(Language.ENGLISH, false)).doesNotContain("\u001b");
    assertThat(SHOW.text(Language.ENGLISH, true).replaceAll("\u001b\\[\\d+m", ""))
        .isEqualTo(SHOW.text(Language.ENGLISH, false));
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
