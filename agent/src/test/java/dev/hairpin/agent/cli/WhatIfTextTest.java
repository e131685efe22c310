package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.lab.Reply;
import dev.hairpin.agent.lab.Show;
import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.agent.whatif.Change;
import dev.hairpin.agent.whatif.Change.Arrangement;
import dev.hairpin.agent.whatif.Finding;
import dev.hairpin.agent.whatif.Question;
import dev.hairpin.agent.whatif.SavedRules;
import dev.hairpin.agent.whatif.Sight;
import dev.hairpin.agent.whatif.Step;
import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WhatIfTextTest {
  private static final Surveyed LAB =
      Surveyed.of(
          Family.IPV4,
          """
          [{"ifname":"docker1","linkinfo":{"info_kind":"bridge"},"addr_info":[
             {"local":"172.18.0.1","prefixlen":16}]},
           {"ifname":"eth0","addr_info":[{"local":"192.0.2.1","prefixlen":24}]}]
          """,
          """
          [{"dst":"172.18.0.0/16","dev":"docker1"},{"dst":"192.0.2.0/24","dev":"eth0"}]
          """);

  private static final String PUBLISHED =
      """
      *nat
      :PREROUTING ACCEPT
      :POSTROUTING ACCEPT
      :DOCKER -
      -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      -A POSTROUTING -s 172.18.0.0/16 ! -o docker1 -j MASQUERADE
      -A DOCKER -p tcp -m tcp --dport 3000 -j DNAT --to-destination 172.18.0.2:3000
      COMMIT
      """;

  private static final String DROPPING = "*filter\n:FORWARD ACCEPT\n-A FORWARD -j DROP\nCOMMIT\n";

  private static final Change DROP = Change.with("forward-drop");

  private static final Step.Situation SITUATION =
      new Step.Situation(
          new SavedRules(Family.IPV4, PUBLISHED),
          new SavedRules(Family.IPV6, ""),
          name -> "1",
          List.of());

  private static final Finding LOST =
      finding(
          Question.OUTSIDE,
          new Reply.Answered("192.0.2.2"),
          DROPPING + PUBLISHED,
          new Reply.Silence());

  private static final Finding SAME =
      finding(Question.HOST_ADDRESS, new Reply.Refused(), PUBLISHED, new Reply.Refused());

  @Test
  void aChangeIsToldWithItsCommandsAndWhatDiffers() {
    assertThat(text(Language.ENGLISH, result(LOST, SAME)))
        .isEqualTo(
            """
            What if: --with forward-drop

            An agent puts right within a tenth of a second what others change, so the lab's
            is ended for this: its rules stay, and two processes "hairpin proxy" do what
            docker-proxy does. In the end all is as before.

            Changed:
              ip netns exec host iptables -I FORWARD -j DROP

            Put back with:
              ip netns exec host iptables -D FORWARD -j DROP

            a  outside → 192.0.2.1:3000
               before  answered; the server saw 192.0.2.2
               walk    leaves by docker1 for 172.18.0.2:3000, which sees 192.0.2.2 ask
               after   no answer
               walk    dropped by filter FORWARD: -j DROP
               => It was answered, and is no more.

            The same before and after:
               b host, its own address → 192.0.2.1:3000: still refused

            Why: what comes from outside is forwarded after DNAT, so it passes FORWARD, and
            a rule at its top decides before Docker's. What the host itself sends, the
            proxy's connections too, passes OUTPUT instead.

            What "hairpin walk" predicted came, 4 times out of 4.
            """);
  }

  @Test
  void whatCameOtherwiseThanPredictedIsSaidLoudly() {
    Finding wrong =
        finding(
            Question.OUTSIDE,
            new Reply.Answered("192.0.2.2"),
            PUBLISHED,
            new Reply.Answered("172.18.0.1"));

    assertThat(result(wrong).isAsForeseen()).isFalse();
    assertThat(text(Language.ENGLISH, result(wrong)))
        .contains("=> It is still answered, but the server saw 192.0.2.2, and now sees\n")
        .endsWith(
            """
            NOT AS PREDICTED: a outside → 192.0.2.1:3000, after: predicted was "answered;
            the server saw 192.0.2.2", and what came is "answered; the server saw
            172.18.0.1".
            """);
  }

  @Test
  void whereNothingDiffersThatIsSaid() {
    assertThat(text(Language.ENGLISH, result(SAME)))
        .contains("Nothing differs: each of a to f is the same before and after.")
        .doesNotContain("=>");
  }

  @Test
  void aRuleIsToldWithTheAgentsOwnReason() {
    Change change = Change.without("6");
    Show.NumberedRule rule =
        new Show.NumberedRule(
            Family.IPV4,
            "nat",
            "DOCKER",
            "-A DOCKER -p tcp -m tcp --dport 3000 -j DNAT --to-destination 172.18.0.2:3000",
            "without it, nobody is sent on");
    Step step =
        Step.without(
            new Change.WithoutNumber(6), Family.IPV4, rule.table(), rule.rule(), SITUATION);

    assertThat(
            text(
                Language.ENGLISH,
                new WhatIf.Result(
                    Arrangement.PROXY,
                    Map.of(change, List.of(step)),
                    Map.of(change, rule),
                    List.of(LOST))))
        .contains(
            """
              ip netns exec host iptables -t nat -D DOCKER -p tcp -m tcp --dport 3000 \\
                 -j DNAT --to-destination 172.18.0.2:3000
            """)
        .contains("Why: the agent says of 6: without it, nobody is sent on\n");
  }

  @ParameterizedTest
  @EnumSource
  void everyLineFitsATerminalWhateverTheLanguage(Language language) {
    assertThat(text(language, result(LOST, SAME)).lines())
        .allSatisfy(line -> assertThat(Columns.of(line)).as(line).isLessThanOrEqualTo(80));
  }

  @ParameterizedTest
  @EnumSource
  void everyChangeHasItsReasonAndEveryDifferenceItsWords(Language language) {
    Wording wording = Wording.of("what-if", language);

    assertThat(
            List.of(
                "route_localnet",
                "ip_forward",
                "prerouting-jump",
                "output-jump",
                "masquerade",
                "hairpin",
                "proxy",
                "1"))
        .allSatisfy(name -> assertThat(wording.has("why." + Change.without(name).key())).isTrue());
    assertThat(Change.With.values())
        .allSatisfy(with -> assertThat(wording.has("why." + with.key())).as(with.key()).isTrue());
    assertThat(Finding.Difference.values())
        .filteredOn(difference -> difference != Finding.Difference.NONE)
        .allSatisfy(difference -> assertThat(wording.has("difference." + difference)).isTrue());
    assertThat(Question.values())
        .allSatisfy(question -> assertThat(wording.has("who." + question)).isTrue());
  }

  @Test
  void whatNeedsTheProxyAndWhatNeedsThatThereIsNoneAreNotTriedAtOnce() throws Exception {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () -> WhatIf.arrangement(List.of(Change.without("proxy"), Change.without("hairpin"))))
        .withMessageContaining("--without proxy and --without hairpin can't be tried at once");
    assertThat(WhatIf.arrangement(List.of(Change.without("hairpin"), Change.with("ufw"))))
        .isEqualTo(Arrangement.NO_PROXY);
    assertThat(WhatIf.arrangement(List.of(Change.with("ufw")))).isEqualTo(Arrangement.PROXY);
  }

  private static WhatIf.Result result(Finding... findings) {
    return new WhatIf.Result(
        Arrangement.PROXY, Map.of(DROP, Step.of(DROP, SITUATION)), Map.of(), List.of(findings));
  }

  private static Finding finding(Question question, Reply before, String rulesAfter, Reply after) {
    return new Finding(
        question, sight(question, PUBLISHED, before), sight(question, rulesAfter, after));
  }

  private static Sight sight(Question question, String rules, Reply reply) {
    return Sight.of(
        Prediction.of(
            IptablesText.parse(Family.IPV4, rules), LAB, question.asked().on(LAB), List.of()),
        Optional.empty(),
        (receiver, sender) -> true,
        reply);
  }

  private static String text(Language language, WhatIf.Result result) {
    StringWriter text = new StringWriter();
    new WhatIfText(new PrintWriter(text), Wording.of("what-if", language), /* coloured= */ false)
        .print(result);
    return text.toString();
  }
}
