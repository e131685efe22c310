package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.datagrams;
import static dev.hairpin.proxy.Loopback.hear;
import static dev.hairpin.proxy.Loopback.hearAll;
import static dev.hairpin.proxy.Loopback.listen;
import static dev.hairpin.proxy.Loopback.receive;
import static dev.hairpin.proxy.Loopback.say;
import static dev.hairpin.proxy.Loopback.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hairpin.proxy.Loopback.Received;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports whose socket another program opened, and goes on to hold. */
@Timeout(60)
class InheritedSocketTest {
  private static final InetSocketAddress BACKEND = new InetSocketAddress("192.0.2.2", 80);

  private final UserlandProxy proxy =
      UserlandProxy.start(ProxySettings.defaults().withPolling(Polling.EPOLL));

  @AfterEach
  void stop() {
    proxy.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void connectionsToItAreCarried(String address) throws Exception {
    try (BoundElsewhere owner = BoundElsewhere.listening(address);
        ServerSocket backend = listen("127.0.0.1");
        ListeningPort port = adopt(Transport.TCP, owner, addressOf(backend))) {
      assertThat(port.frontend()).isEqualTo(owner.address());
      for (int i = 0; i < 3; i++) {
        talk(owner.address(), backend);
      }
    }
  }

  /** It waited in the backlog, which belongs to the socket and not to who reads from it. */
  @Test
  void aConnectionFromBeforeIsCarriedToo() throws Exception {
    try (BoundElsewhere owner = BoundElsewhere.listening("127.0.0.1");
        ServerSocket backend = listen("127.0.0.1");
        Socket early = connect(owner.address())) {
      say(early, "early");
      try (ListeningPort port = adopt(Transport.TCP, owner, addressOf(backend));
          Socket served = accept(backend)) {
        assertThat(port.transport()).isEqualTo(Transport.TCP);
        assertThat(hear(served, 5)).isEqualTo("early");
      }
    }
  }

  /** Nobody asked the owner to have the kernel tell, so the proxy must. */
  @ParameterizedTest
  @CsvSource({"0.0.0.0, 127.0.0.2", "::, ::1"})
  void answersToDatagramsLeaveFromTheAddressThatWasAsked(String frontend, String asked)
      throws Exception {
    try (BoundElsewhere owner = BoundElsewhere.datagrams(frontend);
        DatagramSocket backend = datagrams("127.0.0.1");
        ListeningPort port = adopt(Transport.UDP, owner, addressOf(backend));
        DatagramSocket client = datagrams(asked.contains(":") ? "::1" : "127.0.0.1")) {
      InetSocketAddress target = new InetSocketAddress(asked, port.frontend().getPort());
      send(client, target, "question");
      Received question = receive(backend);
      send(backend, question.from(), "answer");

      Received answer = receive(client);
      assertThat(answer.text()).isEqualTo("answer");
      assertThat(answer.from()).isEqualTo(target);
    }
  }

  /** The owner's socket has the kernel's default, which keeps 277 of them. */
  @Test
  void aBurstOfDatagramsWaitsForABusyLoop() throws Exception {
    int burst = 500;
    try (BoundElsewhere owner = owner(Transport.UDP);
        DatagramSocket backend = datagrams("127.0.0.1");
        UdpPort port = (UdpPort) adopt(Transport.UDP, owner, addressOf(backend));
        DatagramSocket client = datagrams("127.0.0.1")) {
      int arrived =
          port.loop()
              .submit(() -> {
                for (int i = 0; i < burst; i++) {
                  send(client, owner.address(), "x".repeat(64));
                }
                int received = 0;
                while (received < burst) {
                  port.receiveFromClients();
                  for (int i = 0; i < 50; i++) {
                    receive(backend);
                    received++;
                  }
                }
                return received;
              })
              .get();
      assertThat(arrived).isEqualTo(burst);
    }
  }

  /**
   * As the owner holds the socket, closing a descriptor neither ends listening nor takes it out of
   * epoll: that has to be done.
   */
  @ParameterizedTest
  @ValueSource(strings = {"TCP", "UDP"})
  void nothingOfItIsLeftWhenThePortIsClosed(Transport transport) throws Exception {
    try (BoundElsewhere owner = owner(transport)) {
      for (int i = 0; i < 5; i++) {
        ListeningPort port = adopt(transport, owner, BACKEND);
        assertThat(owner.descriptors()).isEqualTo(2);
        await("its loop to watch it").until(owner::isWatched);
        port.close();
        assertThat(owner.descriptors()).isEqualTo(1);
        assertThat(owner.isWatched()).isFalse();
      }
    }
  }

  @Test
  void thePortOutlivesTheProxyAndIsServedByTheNext() throws Exception {
    try (BoundElsewhere owner = BoundElsewhere.listening("127.0.0.1");
        ServerSocket backend = listen("127.0.0.1")) {
      adopt(Transport.TCP, owner, addressOf(backend));
      proxy.close();
      try (Socket patient = connect(owner.address());
          UserlandProxy next = UserlandProxy.start(ProxySettings.defaults())) {
        next.adopt(
            Transport.TCP, owner.handedOver(), owner.address(), Backend.at(addressOf(backend)));
        try (Socket served = accept(backend)) {
          say(served, "at last");
          served.shutdownOutput();
          assertThat(hearAll(patient)).isEqualTo("at last");
        }
      }
    }
  }

  @Test
  void thePortIsFreeWhenBothHaveClosedIt() throws Exception {
    BoundElsewhere owner = BoundElsewhere.listening("127.0.0.1");
    InetSocketAddress address = owner.address();
    try (ServerSocket backend = listen("127.0.0.1")) {
      ListeningPort port = adopt(Transport.TCP, owner, addressOf(backend));
      owner.close();
      talk(address, backend);

      port.close();

      assertThatThrownBy(() -> connect(address)).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void anotherSocketIsRefused() throws Exception {
    try (BoundElsewhere tcp = BoundElsewhere.listening("127.0.0.1");
        BoundElsewhere deaf = BoundElsewhere.stream("127.0.0.1");
        BoundElsewhere udp = BoundElsewhere.datagrams("127.0.0.1")) {
      assertRefused(Transport.TCP, deaf, deaf.address(), "no listening TCP socket");
      assertRefused(Transport.TCP, udp, udp.address(), "no listening TCP socket");
      assertRefused(Transport.UDP, tcp, tcp.address(), "no UDP socket");
      assertRefused(Transport.TCP, tcp, at("127.0.0.2", tcp), "bound to 127.0.0.1:");
      assertRefused(Transport.UDP, udp, at("0.0.0.0", udp), "bound to 127.0.0.1:");
      assertRefused(Transport.UDP, udp, deaf.address(), "bound to 127.0.0.1:");
    }
  }

  @Test
  void whatIsNoSocketAtAllIsRefused() {
    assertThatThrownBy(() -> proxy.adopt(Transport.TCP, 1_000_000, BACKEND, Backend.at(BACKEND)))
        .isInstanceOf(PortUnavailableException.class)
        .hasMessage("listen on 192.0.2.2:80/tcp: getsockopt: Bad file descriptor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TCP", "UDP"})
  void withoutEpollItIsRefused(Transport transport) throws Exception {
    try (UserlandProxy nio =
            UserlandProxy.start(ProxySettings.defaults().withPolling(Polling.NIO));
        BoundElsewhere owner = owner(transport)) {
      assertThatThrownBy(
              () -> nio.adopt(transport, owner.handedOver(), owner.address(), Backend.at(BACKEND)))
          .isInstanceOf(PortUnavailableException.class)
          .hasMessageContaining("can't be taken over without Netty's native epoll");
      assertThat(owner.descriptors()).isEqualTo(1);
    }
  }

  private ListeningPort adopt(Transport transport, BoundElsewhere owner, InetSocketAddress backend)
      throws IOException, PortUnavailableException {
    return proxy.adopt(transport, owner.handedOver(), owner.address(), Backend.at(backend));
  }

  private void assertRefused(
      Transport transport, BoundElsewhere owner, InetSocketAddress said, String why)
      throws IOException {
    assertThatThrownBy(() -> proxy.adopt(transport, owner.handedOver(), said, Backend.at(BACKEND)))
        .isInstanceOf(PortUnavailableException.class)
        .hasMessageContaining("the socket that was handed over is " + why);
    assertThat(owner.descriptors()).isEqualTo(1);
  }

  private static BoundElsewhere owner(Transport transport) throws IOException {
    return switch (transport) {
      case TCP -> BoundElsewhere.listening("127.0.0.1");
      case UDP -> BoundElsewhere.datagrams("127.0.0.1");
      case SCTP -> BoundElsewhere.listeningForMessages("127.0.0.1");
    };
  }

  private static InetSocketAddress at(String address, BoundElsewhere owner) throws IOException {
    return new InetSocketAddress(address, owner.address().getPort());
  }

  private static void talk(InetSocketAddress frontend, ServerSocket backend) throws IOException {
    try (Socket client = connect(frontend);
        Socket served = accept(backend)) {
      say(client, "question");
      assertThat(hear(served, 8)).isEqualTo("question");
      say(served, "answer");
      served.shutdownOutput();
      assertThat(hearAll(client)).isEqualTo("answer");
    }
  }
}
