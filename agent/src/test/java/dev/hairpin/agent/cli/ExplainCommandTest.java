package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExplainCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @EnumSource(Code.class)
  void everyCodeHasALineAndAPageOfThreeParagraphs(Code code) {
    for (Language language : Language.values()) {
      Wording wording = Wording.of("explain", language);

      assertThat(Stream.of("", ".packet", ".cause", ".mend").map(part -> code.name() + part))
          .allMatch(wording::has);
    }
    assertThat(SeeForOneself.commands(code)).isNotEmpty();
  }

  @Test
  void nothingIsExplainedThatNoFindingIsCalled() {
    List<String> codes = Stream.of(Code.values()).map(Code::name).toList();

    assertThat(Wording.of("explain", Language.ENGLISH).keys().stream())
        .map(key -> key.replaceFirst("\\..*", ""))
        .allMatch(name -> codes.contains(name) || name.equals("list") || name.equals("see"));
  }

  @Test
  void withoutACodeAllAreListed() {
    assertThat(run("explain", "--lang", "en")).isZero();

    assertThat(out.toString().lines().map(line -> line.replaceFirst(" .*", "")))
        .contains(Stream.of(Code.values()).map(Code::keyword).toArray(String[]::new));
    assertThat(out.toString())
        .startsWith(
            """
            What "hairpin doctor" may find, by its code. A page about one: hairpin explain
            CODE

            rule-missing          one of the publisher's rules is gone, others are there
            """)
        .contains(
            """
            lost                  the packet is lost, and no single change would save it
            by-proxy              reached by way of the userland proxy, where rules should
                                  have done it
            """);
  }

  @Test
  void aCodeHasItsPage() {
    assertThat(run("explain", "not-tracked", "--lang", "en")).isZero();

    assertThat(out.toString())
        .startsWith(
            """
            not-tracked: somebody's rule has the connection not tracked

            All translation is done by connection tracking: nat chains are asked for the
            first packet of a tracked connection, and conntrack changes the others. A packet
            """)
        .endsWith(
            """

            See for yourself (for IPv6 with ip6tables, ip -6 and net.ipv6; words in capitals
            are yours to put in):
               iptables -t raw -S
               conntrack -L -p tcp --orig-port-dst PORT
               hairpin walk PORT
            """);
  }

  @ParameterizedTest
  @CsvSource({"zh-TW, not-tracked：別人的規則讓這個連線不受追蹤", "zh-CN, not-tracked：别人的规则让这个连接不受跟踪"})
  void aPageIsInTheReadersLanguage(String tag, String title) {
    assertThat(run("explain", "not-tracked", "--lang", tag)).isZero();

    assertThat(out.toString().lines()).first().isEqualTo(title);
  }

  @ParameterizedTest
  @ValueSource(strings = {"en", "zh-TW", "zh-CN"})
  void pagesFitATerminal(String tag) {
    for (Code code : Code.values()) {
      assertThat(run("explain", code.keyword(), "--lang", tag)).isZero();
    }
    assertThat(out.toString().lines().filter(line -> !line.startsWith("   ")))
        .allMatch(line -> Columns.of(line) <= 80);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rule-hides", "RULE_HIDES", "Rule-Hides"})
  void aCodeMayBeWrittenAsProgramsDo(String asked) {
    assertThat(run("explain", asked, "--lang", "en")).isZero();
    assertThat(out.toString()).startsWith("rule-hides: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rule-hide|there is no such code; perhaps it is rule-hides; \"hairpin explain\" lists them all",
        "drops|there is no such code; perhaps it is rule-drops or policy-drops; \"hairpin explain\" lists them all",
        "7788|there is no such code; \"hairpin explain\" lists them all"
      })
  void whoMistypesACodeIsToldWhatIsNear(String asked, String answer) {
    assertThat(run("explain", asked)).isEqualTo(2);
    assertThat(err.toString()).isEqualTo("hairpin: explain \"" + asked + "\": " + answer + "\n");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void controlCharactersOfACodeDoNotReachTheTerminal() {
    assertThat(run("explain", "rule-\u001b[31mhides\n")).isEqualTo(2);
    assertThat(err.toString()).hasLineCount(1).doesNotContain("\u001b");
  }

  private int run(String... arguments) {
    return Hairpin.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
