package dev.hairpin.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SocketTextTest {
  @ParameterizedTest
  @CsvSource({
    "tcp LISTEN 0 4096 0.0.0.0:8080 0.0.0.0:*,       TCP, 0.0.0.0,   false, 8080",
    "tcp LISTEN 0 4096 *:80 *:*,                     TCP, ::,        true,  80",
    "tcp LISTEN 0 4096 [::]:80 [::]:*,               TCP, ::,        false, 80",
    "tcp LISTEN 0 128 :::22 :::*,                    TCP, ::,        true,  22",
    "udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:*,      UDP, 127.0.0.53, false, 53",
    "udp UNCONN 0 0 [fe80::1]%eth0:546 [::]:*,       UDP, fe80::1,   false, 546",
    "tcp LISTEN 0 50 [::ffff:127.0.0.1]:631 *:*,     TCP, 127.0.0.1, false, 631",
    "sctp LISTEN 0 128 192.0.2.1:3868 0.0.0.0:*,     SCTP, 192.0.2.1, false, 3868",
    "LISTEN 0 128 [::1]:25 [::]:*,                   TCP, ::1,       false, 25"
  })
  void aRowIsASocket(String row, Protocol protocol, String address, boolean both, int port) {
    assertThat(SocketText.read(row + "\n"))
        .containsExactly(
            new Listener(protocol, IpAddress.parse(address), both, port, Optional.empty()));
  }

  @Test
  void theFirstProgramOfASocketIsItsHolder() {
    String row =
        "tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*"
            + " users:((\"nginx: m\"x\",pid=31,fd=6),(\"nginx\",pid=30,fd=6))\n";

    assertThat(SocketText.read(row).getFirst().program())
        .contains(new Listener.Program("nginx: m\"x", 31));
  }

  @Test
  void headingsAndOtherProtocolsArePassedBy() {
    String text =
        """
        Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
        ???   UNCONN 0      0      *:58               *:*
        tcp   LISTEN 0      128    0.0.0.0:22         0.0.0.0:*    users:(("sshd",pid=7,fd=3))
        """;

    assertThat(SocketText.read(text)).hasToString("[tcp 0.0.0.0:22, held by sshd (pid 7)]");
  }

  @Test
  void nobodyListensWhereNothingIsPrinted() {
    assertThat(SocketText.read("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp LISTEN 0 4096 0.0.0.0:8080",
        "tcp LISTEN 0 4096 0.0.0.0:808O 0.0.0.0:*",
        "tcp LISTEN 0 4096 0.0.0.0:65536 0.0.0.0:*",
        "tcp LISTEN 0 4096 localhost:80 0.0.0.0:*",
        "tcp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN",
        "ss: not found",
        "tcp"
      })
  void anythingElseIsRefused(String row) {
    assertThatThrownBy(() -> SocketText.read(row))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not a line that ss -l -n prints");
  }
}
