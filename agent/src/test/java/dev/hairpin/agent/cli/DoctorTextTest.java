package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.doctor.Diagnosis;
import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import dev.hairpin.agent.doctor.Finding;
import dev.hairpin.agent.doctor.Remedy;
import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DoctorTextTest {
  @Test
  void aHealthyHostIsToldSoInThreeLines() {
    assertThat(printed(Diagnosed.well(), Language.ENGLISH))
        .isEqualTo(
            """
            Nothing is wrong. One published port, reached by everybody whom it is meant for.
               Looked at: from outside, at localhost (IPv4 and IPv6)
               By the userland proxy, as it should be: at localhost (IPv4 and IPv6)
            """);
    assertThat(printed(Diagnosed.well(), Language.TRADITIONAL_CHINESE))
        .isEqualTo(
            """
            沒有問題。發布了一個連接埠，該連得到的都連得到。
               檢查過：從外部、用 localhost（IPv4 和 IPv6）
               由 userland proxy 經手，本來就該如此：用 localhost（IPv4 和 IPv6）
            """);
  }

  @Test
  void aHostThatPublishesNothingIsWell() {
    assertThat(printed(new Diagnosis(List.of(), List.of(), List.of()), Language.SIMPLIFIED_CHINESE))
        .isEqualTo("没有问题。这里没有发布任何端口。\n");
  }

  @Test
  void aFindingIsToldWithWhereWhoseAndWhatMendsIt() {
    assertThat(printed(Diagnosed.hidden(), Language.ENGLISH))
        .isEqualTo(
            """
            7788/tcp, container web
               reached  from this host, at its address
               LOST     from outside
            127.0.0.1:9000/tcp, container db: reached, by every way

            1. rule-hides
               Rule 1 of nat PREROUTING ends nat before the publisher's rule is asked: ! -i
               p1p1 -p tcp -m multiport --dports 80,7788 -j ACCEPT
               Where: nat PREROUTING (not Hairpin's, and nothing tells which program's)
               Spoils: 7788/tcp, container web: from outside
               Seen:
                  -A PREROUTING ! -i p1p1 -p tcp -m multiport --dports 80,7788 -j ACCEPT
               What mends it:
                  iptables -t nat -D PREROUTING -m comment --comment 'the partner'\\''s ports'
               Or:
                  It is ufw's; "ufw status verbose" shows what it allows. Its owner writes
                  it again: change it there.

            No fault, but worth knowing:

            - input-not-asked
               filter ufw-user-input is not asked about published ports, which go through
               FORWARD: -p tcp --dport 7788 -j DROP
               Whose: ufw's; "ufw status verbose" shows what it allows

            Why this is so, and how to see it for yourself:
               hairpin explain rule-hides
               hairpin explain input-not-asked
            """);
  }

  @Test
  void aFindingIsToldInTheReadersLanguage() {
    assertThat(printed(Diagnosed.hidden(), Language.SIMPLIFIED_CHINESE))
        .startsWith(
            """
            7788/tcp，容器 web
               连得到  从本机，用本机地址
               连不到  从外部
            127.0.0.1:9000/tcp，容器 db：各种方式都连得到

            1. rule-hides
               nat PREROUTING 的第 1 条规则让 nat 提早结束，问不到发布者的规则：! -i p1p1 -p
               tcp -m multiport --dports 80,7788 -j ACCEPT
               位置：nat PREROUTING（不是 Hairpin 的，也看不出是哪个程序的）
               受影响：7788/tcp，容器 web：从外部
               依据：
                  -A PREROUTING ! -i p1p1 -p tcp -m multiport --dports 80,7788 -j ACCEPT
               解决方法：
                  iptables -t nat -D PREROUTING -m comment --comment 'the partner'\\''s ports'
               或者：
            """);
  }

  @Test
  void aThousandPortsThatGoAlikeAreOneLineAndTenRules() {
    assertThat(printed(Diagnosed.gone(1000), Language.ENGLISH))
        .startsWith(
            """
            8000-8999/tcp (1000 ports), container web: LOST, by every way

            1. rules-gone
               Hairpin's rules are all gone: 1000 of them.
               Whose: Hairpin's
               Spoils: 8000-8999/tcp (1000 ports), container web: from outside
               What mends it:
                  "hairpin doctor --fix" puts back 1000 rules in one transaction:
                  iptables -t nat -A DOCKER -p tcp --dport 8000 -j DNAT --to-destination 172.17.0.2:80
                  iptables -t nat -A DOCKER -p tcp --dport 8001 -j DNAT --to-destination 172.17.0.2:80
            """)
        .contains("--dport 8009 ")
        .doesNotContain("--dport 8010 ")
        .contains("      and 990 more\n")
        .hasLineCount(22);
  }

  @Test
  void portsThatAreNotNextToEachOtherAreNamedUpToTen() {
    List<Checked> checked =
        IntStream.range(0, 500)
            .mapToObj(i ->
                new Checked(
                    Diagnosed.way("0.0.0.0", 1000 + 2 * i, "web", Asker.OUTSIDE, "192.0.2.1"),
                    Reach.LOST,
                    ""))
            .toList();

    assertThat(printed(new Diagnosis(checked, List.of(), List.of()), Language.ENGLISH))
        .startsWith("1000/tcp, 1002/tcp, 1004/tcp,")
        .contains("1018/tcp, and 490 more, container web: LOST, by every way")
        .doesNotContain("1020/tcp");
  }

  @Test
  void portsOfManyContainersThatAreWellAreCounted() {
    List<Checked> checked =
        Stream.concat(
                IntStream.range(0, 9)
                    .mapToObj(i ->
                        Diagnosed.reached(
                            Diagnosed.way(
                                "0.0.0.0", 8000 + i, "web" + i, Asker.OUTSIDE, "192.0.2.1"))),
                Stream.of(
                    new Checked(
                        Diagnosed.way("0.0.0.0", 80, "lost", Asker.OUTSIDE, "192.0.2.1"),
                        Reach.UNKNOWN,
                        "")))
            .toList();

    assertThat(printed(new Diagnosis(checked, List.of(), List.of()), Language.ENGLISH))
        .isEqualTo(
            """
            80/tcp, container lost: can't be told, by every way
            Ports that are reached as they should be: 9
            No fault was found, but not every way could be told.
            """);
  }

  @Test
  void whatAContainerIsCalledDoesNotReachTheTerminal() {
    for (Language language : Language.values()) {
      assertThat(printed(Diagnosed.hostile(), language).lines())
          .allMatch(line -> line.equals(Printable.line(line)))
          .noneMatch(line -> line.startsWith("1. nothing"));
    }
  }

  @Test
  void commandsThatFixMayRunAreStepsThatItRuns() {
    Finding finding =
        new Finding(
            Code.FORWARDING_OFF,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            List.of("net.ipv4.ip_forward"),
            List.of("net.ipv4.ip_forward = 0"),
            List.of(
                new Remedy.Run(List.of("modprobe", "br_netfilter"), /* isSafe= */ true),
                new Remedy.Run(List.of("sysctl", "-w", "a.b=1"), /* isSafe= */ true)));

    assertThat(printed(new Diagnosis(List.of(), List.of(finding), List.of()), Language.ENGLISH))
        .contains(
            """
               What mends it, in this order:
                  modprobe br_netfilter
                  sysctl -w a.b=1
                  "hairpin doctor --fix" does this.
            """);
  }

  @Test
  void whatIsLostAndEachFindingStandOutInColour() {
    StringWriter text = new StringWriter();
    new DoctorText(new PrintWriter(text), Language.ENGLISH, new Paint(true))
        .print(Diagnosed.hidden());

    assertThat(text.toString())
        .contains("   \u001b[1mLOST\u001b[0m     from outside\n")
        .contains("\u001b[1m1. rule-hides\u001b[0m\n");
  }

  @Test
  void linesFitATerminal() {
    for (Language language : Language.values()) {
      assertThat(printed(Diagnosed.hidden(), language).lines())
          .filteredOn(line -> !line.startsWith("      "))
          .allMatch(line -> Columns.of(line) <= 80);
    }
  }

  @ParameterizedTest
  @EnumSource(Code.class)
  void everyCodeHasASentence(Code code) {
    assertThat(Wording.of("doctor", Language.ENGLISH).has("finding." + code.name())).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Asker.class)
  void everyAskerHasAName(Asker asker) {
    assertThat(Wording.of("doctor", Language.ENGLISH).has("ask." + asker.name())).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Reach.class)
  void everyReachHasAName(Reach reach) {
    assertThat(Wording.of("doctor", Language.ENGLISH).has("reach." + reach.name())).isTrue();
  }

  private static String printed(Diagnosis diagnosis, Language language) {
    StringWriter text = new StringWriter();
    new DoctorText(new PrintWriter(text), language, new Paint(false)).print(diagnosis);
    return text.toString();
  }
}
