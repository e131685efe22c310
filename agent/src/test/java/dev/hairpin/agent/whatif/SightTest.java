package dev.hairpin.agent.whatif;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.lab.Reply;
import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.agent.whatif.Finding.Difference;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Tables;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is foreseen of a question, and what it makes of two answers. */
class SightTest {
  static final Surveyed LAB =
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

  static final String PUBLISHED =
      """
      *nat
      :PREROUTING ACCEPT
      :POSTROUTING ACCEPT
      -A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 3000 -j DNAT --to-destination 172.18.0.2:3000
      -A POSTROUTING -s 172.18.0.0/16 ! -o docker1 -j MASQUERADE
      COMMIT
      """;

  private static final Reply.Silence SILENCE = new Reply.Silence();

  @Test
  void whatIsSentOnIsAnswered() {
    assertThat(foreseen(PUBLISHED, Question.OUTSIDE)).contains(new Reply.Answered("192.0.2.2"));
    assertThat(foreseen(PUBLISHED, Question.CALLING_OUT)).contains(new Reply.Answered("192.0.2.1"));
  }

  @Test
  void whereNobodyListensItIsRefused() {
    assertThat(foreseen("", Question.OUTSIDE)).contains(new Reply.Refused());
  }

  @Test
  void whatIsDroppedIsNotAnswered() {
    String drop = "*filter\n:FORWARD DROP\nCOMMIT\n" + PUBLISHED;

    assertThat(foreseen(drop, Question.OUTSIDE)).contains(SILENCE);
  }

  /** A host takes nothing from others that bears its own address. */
  @Test
  void whoIsSentItsOwnPacketDoesNotAnswer() {
    assertThat(foreseen(PUBLISHED, Question.HAIRPIN)).contains(SILENCE);
    assertThat(foreseen(PUBLISHED.replace("-s 172.18.0.0/16 ! -o", "-o"), Question.HAIRPIN))
        .contains(new Reply.Answered("172.18.0.1"));
  }

  @Test
  void whoKnowsNoWayToTheSenderDoesNotAnswer() {
    assertThat(foreseen(PUBLISHED.replace("MASQUERADE", "ACCEPT"), Question.CALLING_OUT))
        .contains(SILENCE);
  }

  @Test
  void whatHangsOnARuleThatIsNotUnderstoodIsNotForeseen() {
    String strange = "*filter\n:FORWARD ACCEPT\n-A FORWARD -j STRANGE\nCOMMIT\n" + PUBLISHED;

    assertThat(foreseen(strange, Question.OUTSIDE)).isEmpty();
    assertThat(sight(strange, Question.OUTSIDE, SILENCE).isAsForeseen()).isFalse();
  }

  @Test
  void answersThatDifferSayHow() {
    Reply one = new Reply.Answered("192.0.2.2");
    Reply other = new Reply.Answered("172.18.0.1");

    assertThat(difference(one, one)).isEqualTo(Difference.NONE);
    assertThat(difference(one, other)).isEqualTo(Difference.SOURCE);
    assertThat(difference(one, SILENCE)).isEqualTo(Difference.LOST);
    assertThat(difference(new Reply.Refused(), other)).isEqualTo(Difference.GAINED);
    assertThat(difference(new Reply.Refused(), SILENCE)).isEqualTo(Difference.FAILURE);
    assertThat(difference(SILENCE, SILENCE)).isEqualTo(Difference.NONE);
  }

  private static Difference difference(Reply before, Reply after) {
    return new Finding(
            Question.OUTSIDE,
            sight(PUBLISHED, Question.OUTSIDE, before),
            sight(PUBLISHED, Question.OUTSIDE, after))
        .difference();
  }

  private static Optional<Reply> foreseen(String rules, Question question) {
    return sight(rules, question, SILENCE).foreseen();
  }

  private static Sight sight(String rules, Question question, Reply reply) {
    Tables tables = IptablesText.parse(Family.IPV4, rules);
    return Sight.of(
        Prediction.of(tables, LAB, question.asked().on(LAB), List.of()),
        Optional.empty(),
        (receiver, sender) -> !receiver.toString().equals("192.0.2.2") || isNear(sender.toString()),
        reply);
  }

  /** As outside is connected. */
  private static boolean isNear(String address) {
    return address.startsWith("192.0.2.");
  }
}
