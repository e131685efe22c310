package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.at;
import static dev.hairpin.proxy.Loopback.datagrams;
import static dev.hairpin.proxy.Loopback.receive;
import static dev.hairpin.proxy.Loopback.send;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.proxy.Loopback.Received;
import dev.hairpin.proxy.Loopback.Talk;
import dev.hairpin.proxy.posix.Unsegmentable;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Datagrams that are there at once, and so are taken and sent in few calls. They are sent while the
 * event loop is held, so that they really are.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(
    value = Polling.class,
    names = {"EPOLL", "NIO"})
class UdpBatchTest {
  private static final int MAX_FLOWS = 3;

  /** Equal ones, shorter and longer ones between them, empty ones, and too long for one message. */
  private static final List<Integer> SIZES =
      List.of(
          5, 5, 5, 3, 5, 5, 0, 0, 5, 7, 7, 7, 1, 1, 1400, 1400, 900, 1472, 0, 30000, 30000, 30000,
          30000, 2, 65507, 65507, 4);

  @Parameter Polling polling;
  private UserlandProxy proxy;
  private DatagramSocket backend;
  private DatagramSocket client;

  @BeforeEach
  void start() throws IOException {
    proxy =
        UserlandProxy.start(
            ProxySettings.defaults().withPolling(polling).withMaxUdpFlows(MAX_FLOWS));
    backend = roomyDatagrams();
    client = roomyDatagrams();
  }

  @AfterEach
  void stop() {
    proxy.close();
    backend.close();
    client.close();
  }

  private static DatagramSocket roomyDatagrams() throws IOException {
    DatagramSocket socket = datagrams("127.0.0.1");
    socket.setReceiveBufferSize(1 << 20);
    return socket;
  }

  private UdpPort openTo(InetSocketAddress target) throws PortUnavailableException {
    return (UdpPort) proxy.open(Transport.UDP, anyPortOf("127.0.0.1"), target);
  }

  /** Has the port find everything at once that is sent meanwhile. */
  private static void atOnce(UdpPort port, Talk talk) throws Exception {
    port.loop()
        .submit(() -> {
          talk.run();
          return null;
        })
        .get();
  }

  private static List<String> texts(List<Integer> sizes) {
    return IntStream.range(0, sizes.size())
        .mapToObj(i -> Character.toString('a' + i).repeat(sizes.get(i)))
        .toList();
  }

  private static void sendAll(DatagramSocket from, InetSocketAddress to, List<String> texts)
      throws IOException {
    for (String text : texts) {
      send(from, to, text);
    }
  }

  private static List<String> receiveAll(DatagramSocket socket, int count) throws IOException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(receive(socket).text());
    }
    return texts;
  }

  /** The address of the client's flow. */
  private InetSocketAddress flowThrough(UdpPort port) throws IOException {
    send(client, port.frontend(), "hello");
    return receive(backend).from();
  }

  @Test
  void datagramsOfAnySizesArriveAsTheyWereSentAndInOrder() throws Exception {
    try (UdpPort port = openTo(addressOf(backend))) {
      atOnce(port, () -> sendAll(client, port.frontend(), texts(SIZES)));
      assertThat(receiveAll(backend, SIZES.size())).isEqualTo(texts(SIZES));
    }
  }

  @Test
  void answersOfAnySizesArriveAsTheyWereSentAndInOrder() throws Exception {
    try (UdpPort port = openTo(addressOf(backend))) {
      InetSocketAddress flow = flowThrough(port);
      atOnce(port, () -> sendAll(backend, flow, texts(SIZES)));
      assertThat(receiveAll(client, SIZES.size())).isEqualTo(texts(SIZES));
    }
  }

  /** What one port has joined reaches the other joined. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 1400})
  void datagramsThatCrossTwoPortsArriveAsTheyWereSent(int bytes) throws Exception {
    List<String> texts = texts(List.of(bytes, bytes, bytes, bytes, bytes, bytes / 2));
    try (UdpPort second = openTo(addressOf(backend));
        UdpPort first = openTo(second.frontend())) {
      InetSocketAddress flow = flowThrough(first);
      atOnce(first, () -> sendAll(client, first.frontend(), texts));
      assertThat(receiveAll(backend, texts.size())).isEqualTo(texts);
      atOnce(second, () -> sendAll(backend, flow, texts));
      assertThat(receiveAll(client, texts.size())).isEqualTo(texts);
    }
  }

  @Test
  void datagramsArriveWhereTheKernelCannotCutThemApart() throws Exception {
    List<String> texts = texts(List.of(100, 100, 100, 40, 0, 60, 60));
    try (UdpPort second = openTo(addressOf(backend));
        UdpPort first = openTo(second.frontend())) {
      InetSocketAddress flow = flowThrough(first);
      Unsegmentable.make(first.socket());
      for (int round = 1; round <= 3; round++) {
        atOnce(second, () -> sendAll(backend, flow, texts));
        assertThat(receiveAll(client, texts.size())).isEqualTo(texts);
      }
    }
  }

  @Test
  void clientsThatWriteInTurnEachKeepTheirOrder() throws Exception {
    try (UdpPort port = openTo(addressOf(backend));
        DatagramSocket other = datagrams("127.0.0.1")) {
      atOnce(
          port,
          () -> {
            for (int i = 0; i < 10; i++) {
              send(client, port.frontend(), "client " + i);
              send(other, port.frontend(), "other " + i);
            }
          });
      Map<InetSocketAddress, List<String>> byFlow =
          receiveMany(20).stream()
              .collect(groupingBy(Received::from, mapping(Received::text, toList())));
      assertThat(byFlow.values()).containsExactlyInAnyOrder(ten("client "), ten("other "));
    }
  }

  private static List<String> ten(String prefix) {
    return IntStream.range(0, 10).mapToObj(i -> prefix + i).toList();
  }

  private List<Received> receiveMany(int count) throws IOException {
    List<Received> received = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      received.add(receive(backend));
    }
    return received;
  }

  @Test
  void moreClientsThanFlowsEachArriveThroughAFlowOfTheirOwn() throws Exception {
    List<DatagramSocket> clients = new ArrayList<>();
    try (UdpPort port = openTo(addressOf(backend))) {
      for (int i = 0; i < 3 * MAX_FLOWS; i++) {
        clients.add(datagrams("127.0.0.1"));
      }
      atOnce(
          port,
          () -> {
            for (DatagramSocket one : clients) {
              send(one, port.frontend(), "from " + one.getLocalPort());
            }
          });
      List<Received> arrived = receiveMany(clients.size());
      // A closed flow's descriptor may be the next flow's.
      assertThat(arrived).extracting(Received::from).doesNotHaveDuplicates();
      assertThat(arrived)
          .extracting(Received::text)
          .isEqualTo(clients.stream().map(c -> "from " + c.getLocalPort()).toList());
      assertThat(port.flowCount()).isEqualTo(MAX_FLOWS);
    } finally {
      clients.forEach(DatagramSocket::close);
    }
  }

  /** The kernel's default keeps 277 of them; without privileges, twice that is its limit. */
  @Test
  void aBurstWaitsForABusyLoop() throws Exception {
    List<String> burst = Stream.generate(() -> "x".repeat(64)).limit(500).toList();
    try (UdpPort port = openTo(addressOf(backend))) {
      List<String> arrived = new ArrayList<>();
      atOnce(
          port,
          () -> {
            sendAll(client, port.frontend(), burst);
            for (int sent = 0; sent < burst.size(); sent += 50) {
              port.receiveFromClients();
              arrived.addAll(receiveAll(backend, Math.min(50, burst.size() - sent)));
            }
          });
      assertThat(arrived).hasSameSizeAs(burst);
    }
  }

  @Test
  void aClientThatUsesTwoAddressesInTurnIsAnsweredFromEachForIt() throws Exception {
    try (UdpPort port =
            (UdpPort) proxy.open(Transport.UDP, anyPortOf("0.0.0.0"), addressOf(backend));
        DatagramSocket asking = datagrams("0.0.0.0")) {
      InetSocketAddress one = at("127.0.0.2", port);
      InetSocketAddress other = at("127.0.0.3", port);
      atOnce(
          port,
          () -> {
            for (int i = 0; i < 5; i++) {
              send(asking, one, one.toString());
              send(asking, other, other.toString());
            }
          });
      for (Received question : receiveMany(10)) {
        send(backend, question.from(), question.text());
      }
      for (int i = 0; i < 10; i++) {
        Received answer = receive(asking);
        assertThat(answer.from()).hasToString(answer.text());
      }
    }
  }
}
