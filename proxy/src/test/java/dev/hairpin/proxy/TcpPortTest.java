package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.at;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.hear;
import static dev.hairpin.proxy.Loopback.hearAll;
import static dev.hairpin.proxy.Loopback.listen;
import static dev.hairpin.proxy.Loopback.reset;
import static dev.hairpin.proxy.Loopback.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass(name = "{0}")
@EnumSource(
    value = Polling.class,
    names = {"EPOLL", "NIO"})
class TcpPortTest {
  @Parameter Polling polling;
  private UserlandProxy proxy;
  private ServerSocket backend;

  @BeforeEach
  void start() throws IOException {
    proxy = UserlandProxy.start(ProxySettings.defaults().withPolling(polling));
    backend = listen("127.0.0.1");
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    backend.close();
  }

  private ConnectionPort open() throws PortUnavailableException {
    return (ConnectionPort) proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), addressOf(backend));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1, 127.0.0.1",
    "0.0.0.0, 127.0.0.2, 127.0.0.1",
    "::1, ::1, ::1",
    "::, ::1, 127.0.0.1",
    "0.0.0.0, 127.0.0.1, ::1"
  })
  void bytesGoBothWaysBetweenAnyTwoFamilies(String frontend, String dialled, String behind)
      throws Exception {
    try (ServerSocket server = listen(behind);
        ListeningPort port = proxy.open(Transport.TCP, anyPortOf(frontend), addressOf(server));
        Socket client = connect(at(dialled, port));
        Socket served = accept(server)) {
      say(client, "request");
      assertThat(hear(served, 7)).isEqualTo("request");
      say(served, "answer");
      assertThat(hear(client, 6)).isEqualTo("answer");
    }
  }

  @Test
  void aBackendThatSpeaksFirstIsHeard() throws Exception {
    try (ListeningPort port = open();
        Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      say(served, "220 ready");
      assertThat(hear(client, 9)).isEqualTo("220 ready");
    }
  }

  @Test
  void aClientThatHasSentAllStillGetsTheAnswer() throws Exception {
    try (ListeningPort port = open();
        Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      say(client, "request");
      client.shutdownOutput();
      assertThat(hearAll(served)).isEqualTo("request");
      say(served, "answer");
      served.shutdownOutput();
      assertThat(hearAll(client)).isEqualTo("answer");
    }
  }

  @Test
  void aBackendThatHasSentAllStillGetsTheRest() throws Exception {
    try (ListeningPort port = open();
        Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      say(served, "banner");
      served.shutdownOutput();
      assertThat(hearAll(client)).isEqualTo("banner");
      say(client, "request");
      client.shutdownOutput();
      assertThat(hearAll(served)).isEqualTo("request");
    }
  }

  @Test
  void nothingIsLeftOfAConnectionThatBothSidesEnded() throws Exception {
    ConnectionPort port = open();
    try (Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      client.shutdownOutput();
      assertThat(hearAll(served)).isEmpty();
      assertThat(port.connectionCount()).isEqualTo(1);
      served.shutdownOutput();
      assertThat(hearAll(client)).isEmpty();
      await().atMost(DEADLINE).until(() -> port.connectionCount() == 0);
    }
  }

  @Test
  void aResetByTheClientReachesTheBackendAsAReset() throws Exception {
    try (ListeningPort port = open();
        Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      say(client, "x");
      assertThat(hear(served, 1)).isEqualTo("x");
      reset(client);
      assertReset(served);
    }
  }

  @Test
  void aResetByTheBackendReachesTheClientAsAReset() throws Exception {
    try (ListeningPort port = open();
        Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      reset(served);
      assertReset(client);
    }
  }

  @Test
  void whatWasSentBeforeAResetArrivesBeforeIt() throws Exception {
    assumeThat(polling)
        .as("the JDK's selector tells of the reset, and drops what came before it")
        .isEqualTo(Polling.EPOLL);
    // As much as leaves at once: a reset drops what the sender's own kernel still has.
    byte[] much = new byte[10_000];
    try (ListeningPort port = open();
        Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      served.getOutputStream().write(much);
      reset(served);
      assertThat(client.getInputStream().readNBytes(much.length)).hasSize(much.length);
      assertReset(client);
    }
  }

  @Test
  void aBackendThatIsDownIsLoggedOnceUntilItAnswers() throws Exception {
    backend.close();
    try (Logs logs = new Logs();
        ListeningPort port = open()) {
      assertConnectingIsReset(port);
      assertConnectingIsReset(port);
      assertThat(logs.warnings()).hasSize(1);
    }
  }

  @Test
  void aResetAfterAHalfCloseIsStillAReset() throws Exception {
    try (ListeningPort port = open();
        Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      client.shutdownOutput();
      assertThat(hearAll(served)).isEmpty();
      reset(served);
      assertReset(client);
    }
  }

  @Test
  void aClientIsResetAtOnceWhenTheBackendIsDownAndTheLogNamesBothEnds() throws Exception {
    backend.close();
    try (Logs logs = new Logs();
        ListeningPort port = open()) {
      assertConnectingIsReset(port);
      assertThat(logs.warnings())
          .singleElement()
          .asString()
          .matches(
              "connect backend 127.0.0.1:%d for 127.0.0.1:%d/tcp \\(client 127.0.0.1:\\d+\\): connection refused"
                  .formatted(backend.getLocalPort(), port.frontend().getPort()));
    }
  }

  @Test
  void aClientIsResetWhenTheBackendDoesNotAnswerInTime() throws Exception {
    try (UserlandProxy impatient =
            UserlandProxy.start(
                ProxySettings.defaults()
                    .withPolling(polling)
                    .withConnectTimeout(Duration.ofMillis(200)));
        Logs logs = new Logs();
        Unanswering silent = new Unanswering();
        ListeningPort port =
            impatient.open(Transport.TCP, anyPortOf("127.0.0.1"), silent.address())) {
      assertConnectingIsReset(port);
      assertThat(logs.warnings()).singleElement().asString().endsWith(": no answer in 200 ms");
    }
  }

  @Test
  void whatAClientSentBeforeTheBackendAnsweredIsNotLost() throws Exception {
    try (Unanswering slow = new Unanswering();
        ListeningPort port = proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), slow.address());
        Socket client = connect(port.frontend())) {
      say(client, "early");
      client.shutdownOutput();
      try (Socket served = slow.acceptNext()) {
        assertThat(hearAll(served)).isEqualTo("early");
        say(served, "answer");
      }
      assertThat(hearAll(client)).isEqualTo("answer");
    }
  }

  @Test
  void aClientThatLeavesBeforeTheBackendAnsweredLeavesNothingBehind() throws Exception {
    assumeThat(polling)
        .as("the JDK tells of a reset only to those who read")
        .isEqualTo(Polling.EPOLL);
    try (Logs logs = new Logs();
        Unanswering silent = new Unanswering();
        ConnectionPort port =
            (ConnectionPort) proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), silent.address())) {
      Socket client = connect(port.frontend());
      await().atMost(DEADLINE).until(() -> port.connectionCount() == 1);
      reset(client);
      await().atMost(DEADLINE).until(() -> port.connectionCount() == 0);
      assertThat(logs.warnings()).isEmpty();
    }
  }

  @Test
  void newConnectionsFollowARetargetAndEstablishedOnesStay() throws Exception {
    try (ServerSocket other = listen("::1");
        ListeningPort port = open();
        Socket before = connect(port.frontend());
        Socket servedBefore = accept(backend)) {
      port.retarget(addressOf(other));
      try (Socket after = connect(port.frontend());
          Socket servedAfter = accept(other)) {
        say(after, "new");
        assertThat(hear(servedAfter, 3)).isEqualTo("new");
      }
      say(before, "old");
      assertThat(hear(servedBefore, 3)).isEqualTo("old");
      assertThat(port.backend()).isEqualTo(Backend.at(addressOf(other)));
    }
  }

  @Test
  void closingEndsConnectionsWithAReset() throws Exception {
    ListeningPort port = open();
    try (Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      say(client, "x");
      assertThat(hear(served, 1)).isEqualTo("x");

      port.close();
      port.close();

      assertReset(client);
      assertReset(served);
    }
  }

  /** The reset may be quicker than connect(2) in returning. */
  private static void assertConnectingIsReset(ListeningPort port) {
    assertThatThrownBy(
            () -> {
              try (Socket client = connect(port.frontend())) {
                client.getInputStream().read();
              }
            })
        .isInstanceOf(SocketException.class)
        .hasMessageStartingWith("Connection reset");
  }

  private static void assertReset(Socket socket) {
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessage("Connection reset");
  }
}
