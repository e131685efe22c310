package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs that people recorded, told as they told them by hand. */
class TraceCommandTest {
  private static final Path LOGS = Path.of("src/test/resources/kernel-logs");

  @TempDir private Path directory;

  private record Ran(int exitCode, String out, String err) {}

  @Test
  void oneConnectionIs22StepsOfFivePackets() throws IOException {
    Path log =
        Files.write(
            directory.resolve("log"),
            Files.readAllLines(LOGS.resolve("log-rules.log")).subList(0, 22));

    assertThat(read(log).out())
        .startsWith(
            """
            SYN  1.2.3.4:10656 → 172.20.242.183:8080 TCP
             1  raw PREROUTING      eth0                  →          1.2.3.4:10656 → 172.20.242.183:8080
             2  mangle PREROUTING   eth0                  →          1.2.3.4:10656 → 172.20.242.183:8080
             3  nat PREROUTING      eth0                  →          1.2.3.4:10656 → 172.20.242.183:8080
             4  mangle FORWARD      eth0                  → docker0  1.2.3.4:10656 → 172.17.0.2:80  was for 172.20.242.183:8080
             5  mangle POSTROUTING                        → docker0  1.2.3.4:10656 → 172.17.0.2:80
             6  nat POSTROUTING                           → docker0  1.2.3.4:10656 → 172.17.0.2:80
            => left by docker0 for 172.17.0.2:80

            SYN+ACK  172.17.0.2:80 → 1.2.3.4:10656 TCP
             7  raw PREROUTING      docker0 (veth57b521b) →          172.17.0.2:80 → 1.2.3.4:10656
             8  mangle PREROUTING   docker0 (veth57b521b) →          172.17.0.2:80 → 1.2.3.4:10656
             9  mangle FORWARD      docker0 (veth57b521b) → eth0     172.17.0.2:80 → 1.2.3.4:10656
            10  mangle POSTROUTING   (veth57b521b)        → eth0     172.17.0.2:80 → 1.2.3.4:10656
            => left by eth0 for 1.2.3.4:10656
               No nat chain was asked: conntrack knows this connection from its first
               packet, and translates all others in the same way.

            ACK  1.2.3.4:10656 → 172.20.242.183:8080 TCP
            11  raw PREROUTING      eth0                  →          1.2.3.4:10656 → 172.20.242.183:8080
            """)
        .contains("PSH+ACK  1.2.3.4:10656 → 172.20.242.183:8080 TCP\n15  raw PREROUTING ")
        .endsWith(
            """
            22  mangle POSTROUTING   (veth57b521b)        → eth0     172.17.0.2:80 → 1.2.3.4:10656
            => left by eth0 for 1.2.3.4:10656
            """);
  }

  /** Its writer looked for a week why the port did not answer. */
  @Test
  void aPacketThatARuleInFrontHasTakenStaysOnTheHost() {
    assertThat(
            read(
                    LOGS.resolve("stolen-prerouting.log"),
                    "--rules",
                    LOGS.resolve("stolen-prerouting.rules").toString())
                .out())
        .contains(
            """
            3  nat PREROUTING     ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  rule 1
                  nat PREROUTING 1: ! -i p1p1 -p tcp -m multiport --dports 80,443,2238,7788,7799,8947:8949,9173,8400,19999 -j ACCEPT
                    It accepts: this connection is translated by no rule that stands behind
                    it.
            4  mangle INPUT       ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  policy ACCEPT
            5  filter INPUT       ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  policy ACCEPT
            => for this host: 2.2.2.2:7788
            """);
  }

  @Test
  void betweenPortsOfABridgeBothLayersAreTold() {
    assertThat(read(LOGS.resolve("container-to-container.log")).out().lines().skip(1).limit(6))
        .map(line -> line.substring(0, 28).strip())
        .containsExactly(
            "1  bridge broute BROUTING",
            "2  bridge nat PREROUTING",
            "3  raw PREROUTING",
            "4  nat PREROUTING",
            "5  bridge filter FORWARD",
            "6  filter FORWARD");
  }

  @Test
  void theWayOutIsToldWithItsMasquerade() {
    assertThat(read(LOGS.resolve("container-to-outside.log")).out())
        .contains("was for 10.171.77.0")
        .contains("=> left by veth0594f4b for 192.168.0.2");
  }

  @Test
  void inChineseTooAPacketThatARuleInFrontHasTakenStaysOnTheHost() {
    assertThat(stolenInPrerouting("zh-TW"))
        .isEqualTo(
            """
            SYN  1.1.1.1:19327 → 2.2.2.2:7788 TCP
            1  raw PREROUTING     ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  預設政策 ACCEPT
            2  mangle PREROUTING  ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  預設政策 ACCEPT
            3  nat PREROUTING     ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  規則 1
                  nat PREROUTING 1: ! -i p1p1 -p tcp -m multiport --dports 80,443,2238,7788,7799,8947:8949,9173,8400,19999 -j ACCEPT
                    它是 ACCEPT：排在它後面的規則都不會再轉換這條連線的位址。
            4  mangle INPUT       ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  預設政策 ACCEPT
            5  filter INPUT       ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  預設政策 ACCEPT
            => 送到本機：2.2.2.2:7788
            """);
    assertThat(stolenInPrerouting("zh-CN"))
        .isEqualTo(
            """
            SYN  1.1.1.1:19327 → 2.2.2.2:7788 TCP
            1  raw PREROUTING     ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  默认策略 ACCEPT
            2  mangle PREROUTING  ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  默认策略 ACCEPT
            3  nat PREROUTING     ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  规则 1
                  nat PREROUTING 1: ! -i p1p1 -p tcp -m multiport --dports 80,443,2238,7788,7799,8947:8949,9173,8400,19999 -j ACCEPT
                    它是 ACCEPT：排在它后面的规则都不会再转换这个连接的地址。
            4  mangle INPUT       ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  默认策略 ACCEPT
            5  filter INPUT       ppp0 →   1.1.1.1:19327 → 2.2.2.2:7788  默认策略 ACCEPT
            => 发给本机：2.2.2.2:7788
            """);
  }

  private static String stolenInPrerouting(String language) {
    return run(List.of(
            "trace",
            "--lang",
            language,
            "--read",
            LOGS.resolve("stolen-prerouting.log").toString(),
            "--rules",
            LOGS.resolve("stolen-prerouting.rules").toString()))
        .out();
  }

  @Test
  void aLanguageWithoutTextsIsOneLineAndExitCode2() {
    assertThat(run(List.of("trace", "8080", "--lang", "xx")))
        .isEqualTo(
            new Ran(2, "", "hairpin: --lang \"xx\": there are texts in en, zh-TW and zh-CN\n"));
  }

  @Test
  void aFileThatTellsOfNoPacketIsNoTrace() throws IOException {
    Path log = Files.writeString(directory.resolve("log"), "eth0: link becomes ready\n");

    Ran ran = read(log);

    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err())
        .startsWith("hairpin: read " + log + ": no line is of netfilter's targets LOG and TRACE");
  }

  @Test
  void whatIsShownAsItComesIsNotComparedInTheEnd() {
    assertThat(run(List.of("trace", "8080", "--follow", "--predict")))
        .isEqualTo(
            new Ran(
                2,
                "",
                "hairpin: trace: --follow shows packets as they come; --predict and --json tell of"
                    + " all in the end\n"));
  }

  private static Ran read(Path log, String... more) {
    List<String> line = new ArrayList<>(List.of("trace", "--lang", "en", "--read", log.toString()));
    line.addAll(Arrays.asList(more));
    return run(line);
  }

  private static Ran run(List<String> line) {
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
