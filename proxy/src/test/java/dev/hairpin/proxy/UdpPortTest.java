package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.at;
import static dev.hairpin.proxy.Loopback.datagrams;
import static dev.hairpin.proxy.Loopback.receive;
import static dev.hairpin.proxy.Loopback.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hairpin.proxy.Loopback.Received;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass(name = "{0}")
@EnumSource(
    value = Polling.class,
    names = {"EPOLL", "NIO"})
class UdpPortTest {
  private static final int MAX_FLOWS = 3;

  @Parameter Polling polling;
  private final AtomicLong nanoTime = new AtomicLong();
  private UserlandProxy proxy;
  private DatagramSocket backend;

  @BeforeEach
  void start() throws IOException {
    proxy =
        UserlandProxy.start(
            ProxySettings.defaults()
                .withPolling(polling)
                .withMaxUdpFlows(MAX_FLOWS)
                .withUdpClock(nanoTime::get, Duration.ofMillis(1)));
    backend = datagrams("127.0.0.1");
  }

  @AfterEach
  void stop() {
    proxy.close();
    backend.close();
  }

  private UdpPort open(String frontend) throws PortUnavailableException {
    return (UdpPort) proxy.open(Transport.UDP, anyPortOf(frontend), addressOf(backend));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1, 127.0.0.1",
    "0.0.0.0, 127.0.0.1, 127.0.0.1",
    "::1, ::1, ::1",
    "::, ::1, 127.0.0.1",
    "0.0.0.0, 127.0.0.1, ::1"
  })
  void datagramsGoBothWaysBetweenAnyTwoFamilies(String frontend, String dialled, String behind)
      throws Exception {
    try (DatagramSocket server = datagrams(behind);
        ListeningPort port = proxy.open(Transport.UDP, anyPortOf(frontend), addressOf(server));
        DatagramSocket client = datagrams(dialled)) {
      send(client, at(dialled, port), "question");
      Received question = receive(server);
      assertThat(question.text()).isEqualTo("question");
      send(server, question.from(), "answer");
      assertThat(receive(client)).isEqualTo(new Received("answer", at(dialled, port)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "127.1.2.3"})
  void aReplyLeavesFromTheAddressThatTheClientUsed(String used) throws Exception {
    try (UdpPort port = open("0.0.0.0");
        DatagramSocket client = datagrams("0.0.0.0")) {
      send(client, at(used, port), "question");
      send(backend, receive(backend).from(), "answer");
      assertThat(receive(client).from()).isEqualTo(at(used, port));
    }
  }

  @Test
  void clientsAreToldApartByTheirFlows() throws Exception {
    try (UdpPort port = open("127.0.0.1");
        DatagramSocket one = datagrams("127.0.0.1");
        DatagramSocket two = datagrams("127.0.0.1")) {
      send(one, port.frontend(), "one");
      InetSocketAddress flowOfOne = receive(backend).from();
      send(two, port.frontend(), "two");
      InetSocketAddress flowOfTwo = receive(backend).from();
      send(backend, flowOfOne, "for one");
      send(backend, flowOfTwo, "for two");
      assertThat(receive(one).text()).isEqualTo("for one");
      assertThat(receive(two).text()).isEqualTo("for two");
    }
  }

  @Test
  void emptyDatagramsAreDatagramsToo() throws Exception {
    try (UdpPort port = open("127.0.0.1");
        DatagramSocket client = datagrams("127.0.0.1")) {
      send(client, port.frontend(), "");
      Received empty = receive(backend);
      assertThat(empty.text()).isEmpty();
      send(backend, empty.from(), "");
      send(backend, empty.from(), "next");
      assertThat(receive(client).text()).isEmpty();
      assertThat(receive(client).text()).isEqualTo("next");
    }
  }

  @Test
  void theLongestDatagramsAreCarriedWhole() throws Exception {
    try (UdpPort port = open("127.0.0.1");
        DatagramSocket client = datagrams("127.0.0.1")) {
      String longest = "x".repeat(65507);
      send(client, port.frontend(), longest);
      Received arrived = receive(backend);
      assertThat(arrived.text()).isEqualTo(longest);
      send(backend, arrived.from(), longest);
      assertThat(receive(client).text()).isEqualTo(longest);
    }
  }

  @Test
  void aBackendThatComesUpLaterIsHeardOnTheSameFlow() throws Exception {
    InetSocketAddress address = addressOf(backend);
    backend.close();
    try (UdpPort port = (UdpPort) proxy.open(Transport.UDP, anyPortOf("127.0.0.1"), address);
        DatagramSocket client = datagrams("127.0.0.1")) {
      send(client, port.frontend(), "lost");
      await().atMost(DEADLINE).until(() -> port.flowCount() == 1);
      try (DatagramSocket late = new DatagramSocket(address)) {
        late.setSoTimeout((int) DEADLINE.toMillis());
        send(client, port.frontend(), "heard");
        Received heard = receive(late);
        assertThat(heard.text()).isEqualTo("heard");
        send(late, heard.from(), "answer");
        assertThat(receive(client).text()).isEqualTo("answer");
        assertThat(port.flowCount()).isEqualTo(1);
      }
    }
  }

  /**
   * The ICMP error for one datagram is what sending the next one fails with. All on the loop, so
   * that it doesn't take the error first.
   */
  @Test
  void anIcmpErrorDoesNotCostTheNextDatagram() throws Exception {
    InetSocketAddress address = addressOf(backend);
    backend.close();
    try (UdpPort port = (UdpPort) proxy.open(Transport.UDP, anyPortOf("127.0.0.1"), address);
        DatagramSocket client = datagrams("127.0.0.1")) {
      Received heard =
          port.loop()
              .submit(() -> {
                send(client, port.frontend(), "lost");
                port.receiveFromClients();
                try (DatagramSocket late = new DatagramSocket(address)) {
                  late.setSoTimeout((int) DEADLINE.toMillis());
                  send(client, port.frontend(), "heard");
                  port.receiveFromClients();
                  return receive(late);
                }
              })
              .get();
      assertThat(heard.text()).isEqualTo("heard");
    }
  }

  @Test
  void aFlowEndsWhenNobodyHasUsedItForNinetySeconds() throws Exception {
    try (UdpPort port = open("127.0.0.1");
        DatagramSocket client = datagrams("127.0.0.1")) {
      send(client, port.frontend(), "before");
      InetSocketAddress before = receive(backend).from();
      assertThat(port.flowCount()).isEqualTo(1);

      nanoTime.addAndGet(Duration.ofSeconds(90).toNanos());
      await().atMost(DEADLINE).until(() -> port.flowCount() == 0);

      send(client, port.frontend(), "after");
      assertThat(receive(backend).from()).isNotEqualTo(before);
    }
  }

  @Test
  void aClientThatIsNeverAnsweredKeepsItsFlowByWriting() throws Exception {
    try (UdpPort port = open("127.0.0.1");
        DatagramSocket client = datagrams("127.0.0.1");
        DatagramSocket idle = datagrams("127.0.0.1")) {
      send(client, port.frontend(), "start");
      InetSocketAddress flow = receive(backend).from();
      send(idle, port.frontend(), "idle");
      receive(backend);
      for (int minute = 1; minute <= 3; minute++) {
        nanoTime.addAndGet(Duration.ofSeconds(60).toNanos());
        send(client, port.frontend(), "still here");
        assertThat(receive(backend).from()).isEqualTo(flow);
      }
      // The other one's end shows that idle flows were looked for.
      await().atMost(DEADLINE).until(() -> port.flowCount() == 1);
    }
  }

  @Test
  void aBackendThatStreamsKeepsTheFlow() throws Exception {
    try (UdpPort port = open("127.0.0.1");
        DatagramSocket client = datagrams("127.0.0.1");
        DatagramSocket idle = datagrams("127.0.0.1")) {
      send(client, port.frontend(), "subscribe");
      InetSocketAddress flow = receive(backend).from();
      send(idle, port.frontend(), "idle");
      receive(backend);
      for (int minute = 1; minute <= 3; minute++) {
        nanoTime.addAndGet(Duration.ofSeconds(60).toNanos());
        send(backend, flow, "news");
        assertThat(receive(client).text()).isEqualTo("news");
      }
      await().atMost(DEADLINE).until(() -> port.flowCount() == 1);
    }
  }

  @Test
  void oneClientTooManyEndsTheFlowThatWasIdleLongest() throws Exception {
    try (UdpPort port = open("127.0.0.1");
        DatagramSocket first = datagrams("127.0.0.1");
        DatagramSocket second = datagrams("127.0.0.1");
        DatagramSocket third = datagrams("127.0.0.1");
        DatagramSocket fourth = datagrams("127.0.0.1")) {
      InetSocketAddress flowOfFirst = flowOf(first, port);
      InetSocketAddress flowOfSecond = flowOf(second, port);
      flowOf(third, port);
      assertThat(flowOf(first, port)).isEqualTo(flowOfFirst);

      flowOf(fourth, port);

      assertThat(port.flowCount()).isEqualTo(MAX_FLOWS);
      assertThat(flowOf(first, port)).isEqualTo(flowOfFirst);
      assertThat(flowOf(second, port)).isNotEqualTo(flowOfSecond);
    }
  }

  private InetSocketAddress flowOf(DatagramSocket client, UdpPort port) throws IOException {
    send(client, port.frontend(), "x");
    return receive(backend).from();
  }

  @Test
  void aRetargetEndsTheFlowsToTheOldBackend() throws Exception {
    try (DatagramSocket other = datagrams("127.0.0.1");
        UdpPort port = open("127.0.0.1");
        DatagramSocket client = datagrams("127.0.0.1")) {
      send(client, port.frontend(), "for the old");
      InetSocketAddress oldFlow = receive(backend).from();

      port.retarget(addressOf(other));

      assertThat(port.flowCount()).isZero();
      send(backend, oldFlow, "too late");
      send(client, port.frontend(), "for the new");
      Received arrived = receive(other);
      assertThat(arrived.text()).isEqualTo("for the new");
      send(other, arrived.from(), "from the new");
      assertThat(receive(client).text()).isEqualTo("from the new");
    }
  }

  @Test
  void aRetargetToTheSameBackendKeepsTheFlows() throws Exception {
    try (UdpPort port = open("127.0.0.1");
        DatagramSocket client = datagrams("127.0.0.1")) {
      InetSocketAddress flow = flowOf(client, port);
      port.retarget(addressOf(backend));
      assertThat(flowOf(client, port)).isEqualTo(flow);
    }
  }

  @Test
  void aClosedPortCarriesNothing() throws Exception {
    UdpPort port = open("127.0.0.1");
    try (DatagramSocket client = datagrams("127.0.0.1")) {
      InetSocketAddress flow = flowOf(client, port);

      port.close();
      port.close();

      assertThat(port.flowCount()).isZero();
      send(backend, flow, "too late");
      client.setSoTimeout(50);
      assertThatThrownBy(() -> receive(client)).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void aBackendThatCannotBeReachedIsReportedOnceAndNotForEachDatagram() throws Exception {
    InetSocketAddress unreachable = new InetSocketAddress("255.255.255.255", 9);
    try (Logs logs = new Logs();
        UdpPort port = (UdpPort) proxy.open(Transport.UDP, anyPortOf("127.0.0.1"), unreachable);
        DatagramSocket client = datagrams("127.0.0.1")) {
      send(client, port.frontend(), "one");
      send(client, port.frontend(), "two");
      await().atMost(DEADLINE).until(() -> !logs.warnings().isEmpty());
      port.retarget(addressOf(backend));
      flowOf(client, port);
      assertThat(logs.warnings())
          .containsExactly(
              "connect backend 255.255.255.255:9 for 127.0.0.1:%d/udp (client 127.0.0.1:%d): permission denied"
                  .formatted(port.frontend().getPort(), client.getLocalPort()));
    }
  }
}
