package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.IpAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Lines as conntrack 1.4.7 prints them. */
class ConnectionTest {
  @Test
  void aTranslatedConnectionIsAnsweredByAnother() {
    assertThat(
            Connection.parse(
                "tcp      6 117 TIME_WAIT src=192.0.2.2 dst=192.0.2.1 sport=39774 dport=8080"
                    + " src=172.18.0.3 dst=192.0.2.2 sport=80 dport=39774 [ASSURED] mark=0 use=1"))
        .contains(
            new Connection(
                Optional.of("TIME_WAIT"),
                ends("192.0.2.2", 39774, "192.0.2.1", 8080),
                ends("172.18.0.3", 80, "192.0.2.2", 39774),
                /* isAnswered= */ true))
        .hasValueSatisfying(connection -> assertThat(connection.isTranslated()).isTrue());
  }

  @Test
  void whatNobodyHasAnsweredYetSaysSo() {
    assertThat(
            Connection.parse(
                "udp      17 29 src=192.0.2.2 dst=192.0.2.1 sport=4 dport=53 [UNREPLIED]"
                    + " src=192.0.2.1 dst=192.0.2.2 sport=53 dport=4 mark=0 use=1"))
        .hasValueSatisfying(connection -> {
          assertThat(connection.state()).isEmpty();
          assertThat(connection.isAnswered()).isFalse();
          assertThat(connection.isTranslated()).isFalse();
        });
  }

  @Test
  void aPingHasNoPorts() {
    assertThat(
            Connection.parse(
                "icmp     1 29 src=172.18.0.2 dst=192.0.2.2 type=8 code=0 id=7"
                    + " src=192.0.2.2 dst=192.0.2.1 type=0 code=0 id=7 mark=0 use=1"))
        .contains(
            new Connection(
                Optional.empty(),
                ends("172.18.0.2", 0, "192.0.2.2", 0),
                ends("192.0.2.2", 0, "192.0.2.1", 0),
                /* isAnswered= */ true));
  }

  @Test
  void whatIsNoConnectionIsPassedOver() {
    assertThat(Connection.parse("conntrack v1.4.7: 0 flow entries have been shown.")).isEmpty();
  }

  private static Connection.Ends ends(String from, int fromPort, String to, int toPort) {
    return new Connection.Ends(IpAddress.parse(from), fromPort, IpAddress.parse(to), toPort);
  }
}
