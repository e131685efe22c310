package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Judges what was looked up elsewhere, which may be anything. */
class DoctorCommandTest {
  /** Of a host whose port 7788 was refused: its own rules are in front of Docker's. */
  private static final String REFUSED = "/doctor/refused-7788.txt";

  private static final String UNREAD = "Could not be looked up: ";

  @TempDir private Path directory;

  private record Ran(int exitCode, String out, String err) {}

  @Test
  void allThatKeepsPacketsFromAPortIsNamed() throws IOException {
    Ran ran = doctor(saved());

    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out())
        .contains("Rule 1 of nat PREROUTING ends nat before")
        .contains("iptables -t nat -D PREROUTING '!' -i p1p1 -p tcp -m multiport")
        .contains("Rule 3 of nat PREROUTING sends the packet to 192.168.200.2")
        .contains("iptables -t nat -D PREROUTING '!' -i p1p1 -j DNAT")
        .contains("iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER");
  }

  @Test
  void linesMayEndAsOnWindowsAndBeginWithAMark() throws IOException {
    Ran plain = doctor(saved());

    assertThat(doctor(saved().replace("\n", "\r\n"))).isEqualTo(plain);
    assertThat(doctor("\uFEFF" + saved())).isEqualTo(plain);
    assertThat(doctor(saved().getBytes(UTF_16))).isEqualTo(plain);
  }

  @Test
  void theOutputOfAnotherToolIsSaidToBeUnreadAndTheRestIsJudged() throws IOException {
    Ran ran =
        doctor(
            """
            ==> ip -j -d address show <==
            1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000
                inet 127.0.0.1/8 scope host lo
            ==> ss -H -l -n -p -t -u -S <==
            Active Internet connections (only servers)
            tcp        0      0 0.0.0.0:80         0.0.0.0:*          LISTEN
            ==> iptables-save <==
            """
                + saved());

    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.out())
        .contains("Rule 1 of nat PREROUTING ends nat before")
        .contains(UNREAD + "ip -j -d address show")
        .containsOnlyOnce(UNREAD + "ss -H -l -n -p -t -u -S")
        .doesNotContain("it is not there");
  }

  @Test
  void rulesThatAreCutOffAreNotTakenForAllOfThem() throws IOException {
    Ran ran = doctor(saved().substring(0, 700));

    assertThat(ran.exitCode()).isEqualTo(2);
    assertIsOneLine(ran.err());
    assertThat(ran.err()).startsWith("hairpin: doctor: no rules could be read: iptables-save: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n",
        "\0\0\0\0",
        "iptables-save: Konnte die Regeln nicht lesen: Zugriff verweigert",
        "==> iptables-save <==\niptables-save: Konnte die Regeln nicht lesen",
        "==> iptables-save <==\n==> iptables-save <==\n",
        "==> ip -j -d address show <==\n1: lo: <LOOPBACK,UP>",
        "Chain PREROUTING (policy ACCEPT)\ntarget     prot opt source",
        "{\"nftables\": [{\"table\": {\"family\": \"ip\"",
        "{\"nftables\": 7}",
        "{\"a\": 1}",
        "*nat\n:PREROUTING ACCEPT\n-A NOWHERE -j\nCOMMIT",
        "*nat\u001b[31m"
      })
  void whatIsNoEvidenceIsOneLineAndExitCode2(String text) throws IOException {
    Ran ran = doctor(text);

    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertIsOneLine(ran.err());
    assertThat(ran.err()).startsWith("hairpin: ");
  }

  @Test
  void listsWithinListsWithoutEndAreNotFollowed() throws IOException {
    Ran ran = doctor("{\"nftables\": " + "[".repeat(100_000));

    assertThat(ran.exitCode()).isEqualTo(2);
    assertIsOneLine(ran.err());
  }

  private static void assertIsOneLine(String text) {
    assertThat(text).matches("[^\\p{Cntrl}]+\n");
  }

  private static String saved() throws IOException {
    try (InputStream file = DoctorCommandTest.class.getResourceAsStream(REFUSED)) {
      return new String(file.readAllBytes(), UTF_8);
    }
  }

  private Ran doctor(String bundle) throws IOException {
    return doctor(bundle.getBytes(UTF_8));
  }

  private Ran doctor(byte[] bundle) throws IOException {
    Path file = Files.write(directory.resolve("bundle"), bundle);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Hairpin.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute("doctor", "7788", "--bundle", file.toString());
    return new Ran(exitCode, out.toString(), err.toString());
  }
}
