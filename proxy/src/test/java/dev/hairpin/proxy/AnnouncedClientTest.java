package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.at;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.datagrams;
import static dev.hairpin.proxy.Loopback.hear;
import static dev.hairpin.proxy.Loopback.listen;
import static dev.hairpin.proxy.Loopback.say;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
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
class AnnouncedClientTest {
  @Parameter Polling polling;
  private UserlandProxy proxy;

  @BeforeEach
  void start() {
    proxy = UserlandProxy.start(ProxySettings.defaults().withPolling(polling));
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private ListeningPort open(String frontend, ServerSocket backend, ProxyProtocol header)
      throws PortUnavailableException {
    return proxy.open(Transport.TCP, anyPortOf(frontend), to(backend, header));
  }

  private static Backend to(ServerSocket backend, ProxyProtocol header) {
    return Backend.at(addressOf(backend)).announcing(header);
  }

  /** What the backend hears first of a client that sends {@code text}. */
  private static byte[] announced(ProxyProtocol version, Socket client, String text) {
    byte[] header =
        version.header(
            (InetSocketAddress) client.getLocalSocketAddress(),
            (InetSocketAddress) client.getRemoteSocketAddress());
    return ByteBuffer.allocate(header.length + text.length())
        .put(header)
        .put(text.getBytes(ISO_8859_1))
        .array();
  }

  private static void assertHears(Socket served, byte[] expected) throws IOException {
    assertThat(served.getInputStream().readNBytes(expected.length)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "V1, 127.0.0.1, 127.0.0.1, 127.0.0.1",
    "V2, 0.0.0.0, 127.0.0.2, 127.0.0.1",
    "V1, ::1, ::1, ::1",
    "V1, ::, ::1, 127.0.0.1",
    "V2, ::, ::1, 127.0.0.1",
    "V1, 0.0.0.0, 127.0.0.1, ::1"
  })
  void theHeaderComesBeforeTheClientsBytesAndHasItsOwnFamily(
      ProxyProtocol version, String frontend, String dialled, String behind) throws Exception {
    try (ServerSocket backend = listen(behind);
        ListeningPort port = open(frontend, backend, version);
        Socket client = connect(at(dialled, port))) {
      say(client, "request");
      client.shutdownOutput();
      try (Socket served = accept(backend)) {
        assertThat(served.getInputStream().readAllBytes())
            .isEqualTo(announced(version, client, "request"));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ProxyProtocol.class,
      names = {"V1", "V2"})
  void aBackendThatSpeaksFirstHasTheHeaderOfAClientThatIsSilent(ProxyProtocol version)
      throws Exception {
    try (ServerSocket backend = listen("127.0.0.1");
        ListeningPort port = open("127.0.0.1", backend, version);
        Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      assertHears(served, announced(version, client, ""));
      say(served, "220 ready");
      assertThat(hear(client, 9)).isEqualTo("220 ready");
      assertThat(port.traffic()).isEqualTo(new Traffic(1, 1, 0, 0, 9));
    }
  }

  @Test
  void theHeaderIsNotCountedWithTheClientsBytes() throws Exception {
    try (ServerSocket backend = listen("127.0.0.1");
        ListeningPort port = open("127.0.0.1", backend, ProxyProtocol.V1);
        Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      say(client, "four");
      assertHears(served, announced(ProxyProtocol.V1, client, "four"));

      await().atMost(DEADLINE).until(() -> port.traffic().bytesUp() == 4);
    }
  }

  @Test
  void newConnectionsHaveTheHeaderOfTheBackendThatTheyAreFor() throws Exception {
    try (ServerSocket backend = listen("127.0.0.1");
        ListeningPort port = open("127.0.0.1", backend, ProxyProtocol.NONE)) {
      port.retarget(to(backend, ProxyProtocol.V2));
      try (Socket client = connect(port.frontend());
          Socket served = accept(backend)) {
        assertHears(served, announced(ProxyProtocol.V2, client, ""));
      }
    }
  }

  @Test
  void connectionsWaitUntilItIsDecidedHowTheyBegin() throws Exception {
    try (ServerSocket backend = listen("127.0.0.1");
        ListeningPort port =
            proxy.open(
                Transport.TCP, anyPortOf("127.0.0.1"), Backend.undecidedAt(addressOf(backend)));
        Socket client = connect(port.frontend())) {
      say(client, "early");
      assertNobodyComes(backend);

      port.retarget(to(backend, ProxyProtocol.V1));
      try (Socket served = accept(backend)) {
        assertHears(served, announced(ProxyProtocol.V1, client, "early"));
      }

      port.retarget(Backend.undecidedAt(addressOf(backend)));
      try (Socket later = connect(port.frontend())) {
        assertNobodyComes(backend);
        port.retarget(addressOf(backend));
        try (Socket served = accept(backend)) {
          say(later, "plain");
          assertThat(hear(served, 5)).isEqualTo("plain");
        }
      }
    }
  }

  /** A connection that isn't held is there within a millisecond or two. */
  private static void assertNobodyComes(ServerSocket backend) throws Exception {
    backend.setSoTimeout(200);
    assertThatThrownBy(backend::accept).isInstanceOf(SocketTimeoutException.class);
    backend.setSoTimeout((int) DEADLINE.toMillis());
  }

  @Test
  void datagramsCannotHaveAHeader() throws Exception {
    try (DatagramSocket backend = datagrams("127.0.0.1")) {
      Backend announced = Backend.at(addressOf(backend)).announcing(ProxyProtocol.V2);

      assertThatThrownBy(() -> proxy.open(Transport.UDP, anyPortOf("127.0.0.1"), announced))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("127.0.0.1:0/udp can't have the PROXY protocol, which is for TCP only");
    }
  }
}
