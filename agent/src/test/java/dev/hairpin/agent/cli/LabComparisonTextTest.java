package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.cli.LabComparison.Row;
import dev.hairpin.agent.lab.Reply;
import dev.hairpin.agent.tracing.PacketHeader;
import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.PacketHeader.TcpFlag;
import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.agent.walk.Difference;
import dev.hairpin.agent.whatif.Question;
import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.RulesAsked;
import dev.hairpin.rules.trace.Trace;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LabComparisonTextTest {
  private static final Row KERNEL =
      new Row(
          LayoutName.DOCKER20,
          Question.OUTSIDE,
          new RulesAsked(13, 7),
          new RulesAsked(10, 4),
          new Reply.Answered("192.0.2.2"),
          /* isProxied= */ false,
          List.of());
  private static final Row PROXY =
      new Row(
          LayoutName.DOCKER29_NFT,
          Question.LOCALHOST,
          new RulesAsked(7, 6),
          new RulesAsked(2, 2),
          new Reply.Answered("172.18.0.1"),
          /* isProxied= */ true,
          List.of());
  private static final Row NOBODY =
      new Row(
          LayoutName.HAIRPIN,
          Question.OUTSIDE,
          new RulesAsked(12, 7),
          RulesAsked.NONE,
          new Reply.Silence(),
          /* isProxied= */ false,
          List.of(new PredictedAndSeen(syn(), new Difference(List.of("one"), List.of("other")))));

  @Test
  void layoutsStandBelowEachOther() {
    assertThat(text(Language.ENGLISH, KERNEL, PROXY))
        .startsWith(
            """
            One port, 3000 of namespace ns1, as each layout publishes it.

            a  outside asks 192.0.2.1:3000
               LAYOUT    RULES  CHAINS  BACK: RULES  CHAINS  SERVER SEES  CARRIED BY
               docker20     13       7           10       4  192.0.2.2    kernel (DNAT)

            b  host asks its own address, 192.0.2.1:3000
               LAYOUT  RULES  CHAINS  BACK: RULES  CHAINS  SERVER SEES  CARRIED BY

            c  host asks localhost, 127.0.0.1:3000
               LAYOUT        RULES  CHAINS  BACK: RULES  CHAINS  SERVER SEES  CARRIED BY
               docker29-nft      7       6            2       2  172.18.0.1   userland proxy

            RULES: asked about the first packet (SYN) of a new connection,\
            """)
        .endsWith("Each packet met the rules that \"hairpin walk\" predicted.\n")
        .contains("Of docker29-nft it is the administrator who switches forwarding on;");
  }

  @Test
  void whatWentOtherwiseThanPredictedIsSaidLoudly() {
    assertThat(text(Language.ENGLISH, KERNEL, NOBODY))
        .contains("hairpin      12       7            0       0  nobody       kernel (DNAT)\n")
        .endsWith(
            """
            NOT AS PREDICTED, hairpin, outside asks 192.0.2.1:3000:

            SYN  192.0.2.2:40000 → 192.0.2.1:3000: not as predicted
              predicted  one
              seen       other
            """);
    assertThat(text(Language.TRADITIONAL_CHINESE, KERNEL, NOBODY))
        .endsWith(
            """
            SYN  192.0.2.2:40000 → 192.0.2.1:3000：與預測不符
              預測  one
              實際  other
            """);
  }

  @ParameterizedTest
  @EnumSource
  void everyLineFitsATerminalWhateverTheLanguage(Language language) {
    assertThat(text(language, KERNEL, PROXY, NOBODY).lines())
        .allSatisfy(line -> assertThat(Columns.of(line)).as(line).isLessThanOrEqualTo(80));
  }

  @ParameterizedTest
  @EnumSource
  void everyQuestionHasItsWords(Language language) {
    Wording wording = Wording.of("compare", language);

    assertThat(LabComparison.QUESTIONS)
        .allSatisfy(question -> assertThat(wording.has("who." + question)).isTrue());
  }

  private static TracedPacket syn() {
    Packet packet =
        Packet.arriving(
            "eth0", Protocol.TCP, IpAddress.parse("192.0.2.2"), IpAddress.parse("192.0.2.1"), 3000);
    return new TracedPacket(
        new PacketHeader(
            packet.source(),
            packet.destination(),
            6,
            60,
            64,
            new Content.Segment(Protocol.TCP, 40000, 3000, Set.of(TcpFlag.SYN))),
        packet,
        0,
        new Trace(List.of(), new Trace.Verdict.Delivered(packet.destination(), 3000), packet));
  }

  private static String text(Language language, Row... rows) {
    StringWriter text = new StringWriter();
    new LabComparisonText(
            new PrintWriter(text), Wording.of("compare", language), /* coloured= */ false)
        .print(
            new LabComparison.Result(
                /* proxy= */ true, List.of(rows), List.of(LayoutName.DOCKER29_NFT)));
    return text.toString();
  }
}
