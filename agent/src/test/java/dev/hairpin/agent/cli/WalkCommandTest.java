package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Walks over rules that were saved elsewhere, which anybody may do. */
class WalkCommandTest {
  private static final String RULES =
      """
      *nat
      :PREROUTING ACCEPT [0:0]
      :INPUT ACCEPT [0:0]
      :OUTPUT ACCEPT [0:0]
      :POSTROUTING ACCEPT [0:0]
      :DOCKER - [0:0]
      -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
      -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
      -A DOCKER -i docker0 -j RETURN
      -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
      COMMIT
      *filter
      :INPUT ACCEPT [0:0]
      :FORWARD DROP [0:0]
      :OUTPUT ACCEPT [0:0]
      :DOCKER - [0:0]
      -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A FORWARD -o docker0 -j DOCKER
      -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
      -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
      COMMIT
      """;
  private static final String ADDRESSES =
      """
      [{"ifname":"docker0","linkinfo":{"info_kind":"bridge"},"addr_info":[
         {"local":"172.17.0.1","prefixlen":16}]},
       {"ifname":"eth0","addr_info":[{"local":"192.0.2.1","prefixlen":24}]}]
      """;
  private static final String ROUTES =
      """
      [{"dst":"172.17.0.0/16","dev":"docker0"},{"dst":"192.0.2.0/24","dev":"eth0"}]
      """;

  @TempDir private Path directory;
  private Path rules;
  private Path addresses;
  private Path routes;

  private record Ran(int exitCode, String out, String err) {}

  @BeforeEach
  void save() throws IOException {
    rules = Files.writeString(directory.resolve("rules"), RULES);
    addresses = Files.writeString(directory.resolve("addresses"), ADDRESSES);
    routes = Files.writeString(directory.resolve("routes"), ROUTES);
  }

  @Test
  void theWayToAContainerAndBackIsShownHookByHook() {
    assertThat(walk("8080").out())
        .isEqualTo(
            """
            192.0.2.2:40000 → 192.0.2.1:8080/tcp, arriving by eth0

            PREROUTING   nat        eth0    →          192.0.2.2:40000 → 192.0.2.1:8080
              nat PREROUTING 1: -m addrtype --dst-type LOCAL -j DOCKER
              nat DOCKER 2: ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
                                                                       → 172.17.0.2:80
            FORWARD      filter     eth0    → docker0  192.0.2.2:40000 → 172.17.0.2:80
              filter FORWARD 2: -o docker0 -j DOCKER
              filter DOCKER 1: -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
            POSTROUTING  nat        eth0    → docker0  192.0.2.2:40000 → 172.17.0.2:80
            => leaves by docker0 for 172.17.0.2:80, which sees 192.0.2.2 ask

            conntrack  asked     192.0.2.2:40000 → 192.0.2.1:8080
                       answered  172.17.0.2:80 → 192.0.2.2:40000
            Later packets and answers are translated by this entry; no nat chain is asked
            again.

            The answer

            FORWARD      filter     docker0 → eth0     172.17.0.2:80   → 192.0.2.2:40000
              filter FORWARD 3: -i docker0 ! -o docker0 -j ACCEPT
            POSTROUTING  conntrack  docker0 → eth0     172.17.0.2:80   → 192.0.2.2:40000
                                                       192.0.2.1:8080
            => 192.0.2.2 gets it from 192.0.2.1:8080, whom it asked
            """);
  }

  @Test
  void aPingHasNoPorts() {
    assertThat(walk("icmp").out())
        .isEqualTo(
            """
            192.0.2.2 → 192.0.2.1, arriving by eth0

            PREROUTING  nat     eth0 →       192.0.2.2 → 192.0.2.1
              nat PREROUTING 1: -m addrtype --dst-type LOCAL -j DOCKER
            INPUT       filter  eth0 →       192.0.2.2 → 192.0.2.1
            INPUT       nat     eth0 →       192.0.2.2 → 192.0.2.1
            => for this host

            conntrack  asked     192.0.2.2 → 192.0.2.1
                       answered  192.0.2.1 → 192.0.2.2

            The answer

            OUTPUT      filter       → eth0  192.0.2.1 → 192.0.2.2
            => 192.0.2.2 gets it from 192.0.2.1, whom it asked
            """);
  }

  @Test
  void whatNobodyAcceptsIsDroppedByThePolicy() {
    assertThat(walk("172.17.0.2:81").out())
        .contains(
            """
            => dropped by the policy of filter FORWARD: no rule accepted it
               To let this in:
                  iptables -I FORWARD -d 172.17.0.2 -p tcp --dport 81 -j ACCEPT
               And answers:
                  iptables -I FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            """);
  }

  @Test
  void whatTheKernelHasNoWayForIsSaidWithItsReason() {
    assertThat(walk("127.0.0.1:81").out())
        .containsIgnoringWhitespaces(
            "=> the kernel drops it: it has no way to 127.0.0.1: loopback addresses pass no other"
                + " interface");
    assertThat(walk("8080", "--from", "203.0.113.7", "--in", "eth0").out())
        .containsIgnoringWhitespaces(
            "=> the kernel drops it: it has no way to 203.0.113.7, and no answer gets out");
  }

  @Test
  void aRuleThatIsNotUnderstoodLeavesBothOutcomesOpen() throws IOException {
    Files.writeString(
        rules,
        RULES.replace(
            "-A FORWARD -o docker0 -j DOCKER\n",
            "-A FORWARD -m geoip --source-country X -j DROP\n-A FORWARD -o docker0 -j DOCKER\n"));

    assertThat(walk("8080").out())
        .contains("=> hangs on a rule that Hairpin doesn't understand, filter FORWARD:")
        .contains("   if it doesn't match: leaves by docker0 for 172.17.0.2:80\n")
        .contains("   if it matches: dropped by filter FORWARD: -j DROP");
  }

  @Test
  void theWayIsToldInTraditionalChinese() {
    assertThat(speaking("zh-TW", "8080").out())
        .isEqualTo(
            """
            192.0.2.2:40000 → 192.0.2.1:8080/tcp，從 eth0 進來

            PREROUTING   nat        eth0    →          192.0.2.2:40000 → 192.0.2.1:8080
              nat PREROUTING 1: -m addrtype --dst-type LOCAL -j DOCKER
              nat DOCKER 2: ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
                                                                       → 172.17.0.2:80
            FORWARD      filter     eth0    → docker0  192.0.2.2:40000 → 172.17.0.2:80
              filter FORWARD 2: -o docker0 -j DOCKER
              filter DOCKER 1: -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
            POSTROUTING  nat        eth0    → docker0  192.0.2.2:40000 → 172.17.0.2:80
            => 從 docker0 送往 172.17.0.2:80，對方看到的來源是 192.0.2.2

            conntrack  去程  192.0.2.2:40000 → 192.0.2.1:8080
                       回程  172.17.0.2:80 → 192.0.2.2:40000
            之後的封包和回應都照這筆紀錄轉換位址，不會再問 nat 的鏈。

            回應

            FORWARD      filter     docker0 → eth0     172.17.0.2:80   → 192.0.2.2:40000
              filter FORWARD 3: -i docker0 ! -o docker0 -j ACCEPT
            POSTROUTING  conntrack  docker0 → eth0     172.17.0.2:80   → 192.0.2.2:40000
                                                       192.0.2.1:8080
            => 192.0.2.2 收到了，來源是 192.0.2.1:8080，正是它連線的對象
            """);
  }

  @Test
  void theWayIsToldInSimplifiedChinese() {
    assertThat(speaking("zh-CN", "172.17.0.2:81").out())
        .isEqualTo(
            """
            192.0.2.2:40000 → 172.17.0.2:81/tcp，从 eth0 进来

            PREROUTING  nat     eth0 →          192.0.2.2:40000 → 172.17.0.2:81
            FORWARD     filter  eth0 → docker0  192.0.2.2:40000 → 172.17.0.2:81
              filter FORWARD 2: -o docker0 -j DOCKER
            => 被 filter FORWARD 的默认策略丢弃：没有规则放行它
               要放行这个数据包：
                  iptables -I FORWARD -d 172.17.0.2 -p tcp --dport 81 -j ACCEPT
               响应也要放行：
                  iptables -I FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            """);
  }

  @Test
  void programsReadTheSameAsJson() {
    assertThat(walk("8080", "--json").out())
        .contains("\"chain\" : \"nat DOCKER\"")
        .contains("\"sourceSeen\" : \"192.0.2.2\"");
  }

  @Test
  void programsReadTheSameWhateverTheLanguage() {
    assertThat(speaking("zh-TW", "127.0.0.1:81", "--json"))
        .isEqualTo(walk("127.0.0.1:81", "--json"))
        .extracting(Ran::out, STRING)
        .contains("\"obstacle\" : \"loopback addresses pass no other interface (sysctl");
    assertThat(speaking("zh-TW", "172.17.0.2:81", "--json"))
        .isEqualTo(walk("172.17.0.2:81", "--json"));
  }

  @Test
  void aLanguageWithoutTextsIsOneLineAndExitCode2() {
    assertThat(speaking("xx", "8080"))
        .isEqualTo(
            new Ran(2, "", "hairpin: --lang \"xx\": there are texts in en, zh-TW and zh-CN\n"));
  }

  @Test
  void theTargetMayStandBesideTheSender() {
    assertThat(walk("--from", "outside", "--to", "host:8080/tcp")).isEqualTo(walk("8080"));
  }

  @Test
  void twoTargetsOrNoneAreOneLineAndExitCode2() {
    assertThat(walk("8080", "--to", "8081"))
        .isEqualTo(
            new Ran(2, "", "hairpin: walk: --to \"8081\" and TARGET say the same; give one\n"));
    assertThat(walk())
        .isEqualTo(new Ran(2, "", "hairpin: walk: name the port that is asked, such as 8080\n"));
  }

  @Test
  void whatMakesNoSenseIsOneLineAndExitCode2() {
    assertThat(walk("http"))
        .isEqualTo(
            new Ran(
                2,
                "",
                "hairpin: walk: \"http\" is no port and no address with one; write 8080, 53/udp,"
                    + " 192.0.2.1:8080, [2001:db8::1]:8080 or, for a ping, 192.0.2.1/icmp\n"));
  }

  private Ran walk(String... arguments) {
    return speaking("en", arguments);
  }

  private Ran speaking(String language, String... arguments) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "walk",
                "--lang",
                language,
                "--rules",
                rules.toString(),
                "--addresses",
                addresses.toString(),
                "--routes",
                routes.toString()));
    line.addAll(List.of(arguments));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Hairpin.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(line.toArray(String[]::new));
    return new Ran(exitCode, out.toString(), err.toString());
  }
}
