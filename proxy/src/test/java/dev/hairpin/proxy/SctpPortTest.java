package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.at;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.MessageInfo;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.SctpPeer;
import dev.hairpin.proxy.posix.SctpPeer.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SCTP through the proxy, where the kernel has it; {@link SctpAbsentTest} runs where it hasn't. */
@EnabledIf("dev.hairpin.proxy.posix.Sctp#isThere")
@Timeout(120)
class SctpPortTest {
  private static final MessageInfo PLAIN = new MessageInfo(0, 0, false);
  private static final InetSocketAddress BACKEND = new InetSocketAddress("192.0.2.2", 80);

  private final UserlandProxy proxy =
      UserlandProxy.start(ProxySettings.defaults().withPolling(Polling.EPOLL).withThreads(2));

  @AfterEach
  void stop() {
    proxy.close();
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 127.0.0.1", "::1, ::1", "::1, 127.0.0.1", "127.0.0.1, ::1"})
  void messagesKeepTheirBoundariesStreamsProtocolsAndOrder(String front, String back)
      throws Exception {
    try (SctpPeer.Server server = SctpPeer.server(back);
        ListeningPort port = open(front, server);
        SctpPeer client = SctpPeer.connect(port.frontend())) {
      List<Message> messages = new ArrayList<>();
      for (int stream : List.of(0, 1, 9, 10, 500, 999)) {
        messages.add(message("on " + stream, stream, 0x01020304 + stream, false));
        messages.add(message("after", stream, -1, false));
      }
      messages.forEach(client::send);
      try (SctpPeer served = server.accept()) {
        for (Message message : messages) {
          Message heard = served.receive();
          assertThat(heard).isEqualTo(message);
          served.send(heard);
        }
        for (Message message : messages) {
          assertThat(client.receive()).isEqualTo(message);
        }
      }
      long bytes = messages.stream().mapToLong(each -> each.content().length()).sum();
      assertThat(port.traffic().bytesUp()).isEqualTo(bytes);
      assertThat(port.traffic().bytesDown()).isEqualTo(bytes);
    }
  }

  @Test
  void anUnorderedMessageStaysSo() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = open("127.0.0.1", server);
        SctpPeer client = SctpPeer.connect(port.frontend())) {
      Message message = message("now", 7, 42, true);
      client.send(message);
      try (SctpPeer served = server.accept()) {
        assertThat(served.receive()).isEqualTo(message);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 65_535, 65_536, 200_000, 1024 * 1024})
  void aLargeMessageIsOneMessageBothWays(int bytes) throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = open("127.0.0.1", server);
        SctpPeer client = SctpPeer.connect(port.frontend())) {
      Message large = new Message(content(bytes), new MessageInfo(3, 5, false));
      client.send(large);
      client.send("small", PLAIN);
      try (SctpPeer served = server.accept()) {
        assertThat(served.receive()).isEqualTo(large);
        assertThat(served.receive().content()).isEqualTo("small");
        served.send(large);
        assertThat(client.receive()).isEqualTo(large);
      }
    }
  }

  @Test
  void aMessageBeyondAMebibyteAbortsBothEnds() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = open("127.0.0.1", server);
        SctpPeer client = SctpPeer.connect(port.frontend())) {
      client.send(new Message(content(1024 * 1024 + 1), PLAIN));
      try (SctpPeer served = server.accept()) {
        assertThat(served.hearsFailure()).isEqualTo(Errno.ECONNRESET);
        assertThat(client.hearsFailure()).isEqualTo(Errno.ECONNRESET);
      }
    }
  }

  @Test
  void aBackendIsOfferedTheStreamsThatTheClientHas() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1", 65535);
        ListeningPort port = open("127.0.0.1", server);
        SctpPeer client = SctpPeer.connect(port.frontend(), 65535)) {
      Message last = message("last", 65534, 0, false);
      client.send(last);
      try (SctpPeer served = server.accept()) {
        assertThat(served.receive()).isEqualTo(last);
        assertThat(served.inStreams()).isEqualTo(65535);
        assertThat(served.outStreams()).isEqualTo(client.inStreams()).isEqualTo(1024);
        Message back = message("back", 1023, 0, false);
        served.send(back);
        assertThat(client.receive()).isEqualTo(back);
      }
    }
  }

  @Test
  void aClientThatShutsDownEndsTheBackendsAssociationAfterItsMessages() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = open("127.0.0.1", server);
        SctpPeer client = SctpPeer.connect(port.frontend())) {
      for (int i = 0; i < 100; i++) {
        client.send("message " + i, PLAIN);
      }
      client.shutDown();
      try (SctpPeer served = server.accept()) {
        for (int i = 0; i < 100; i++) {
          assertThat(served.receive().content()).isEqualTo("message " + i);
        }
        assertThat(served.hearsEnd()).isTrue();
        assertThat(client.hearsEnd()).isTrue();
      }
      awaitNoneOpen(port);
    }
  }

  @Test
  void aBackendThatShutsDownEndsTheClientsAssociationAfterItsMessages() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = open("127.0.0.1", server);
        SctpPeer client = SctpPeer.connect(port.frontend());
        SctpPeer served = server.accept()) {
      served.send(new Message(content(200_000), PLAIN));
      served.shutDown();
      assertThat(client.receive().content()).hasSize(200_000);
      assertThat(client.hearsEnd()).isTrue();
      assertThat(served.hearsEnd()).isTrue();
      awaitNoneOpen(port);
    }
  }

  /** Messages cross the client's SHUTDOWN, as they may between two hosts. */
  @Test
  void aBackendThatGoesOnTalkingToAClientThatIsGoneEndsAllTheSame() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = open("127.0.0.1", server);
        SctpPeer client = SctpPeer.connect(port.frontend());
        SctpPeer served = server.accept()) {
      client.send("hello", PLAIN);
      assertThat(served.receive().content()).isEqualTo("hello");
      Message message = new Message(content(10_000), PLAIN);
      int sent = 0;
      while (served.isSent(message) && sent < 100) {
        sent++;
      }
      client.shutDown();
      assertThat(served.hearsEnd()).isTrue();
      awaitNoneOpen(port);
    }
  }

  @Test
  void anAbortOfTheClientAbortsTheBackendsAssociation() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = open("127.0.0.1", server);
        SctpPeer client = SctpPeer.connect(port.frontend());
        SctpPeer served = server.accept()) {
      client.send("hello", PLAIN);
      assertThat(served.receive().content()).isEqualTo("hello");
      client.abort();
      assertThat(served.hearsFailure()).isEqualTo(Errno.ECONNRESET);
      awaitNoneOpen(port);
    }
  }

  @Test
  void anAbortOfTheBackendAbortsTheClientsAssociation() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = open("127.0.0.1", server);
        SctpPeer client = SctpPeer.connect(port.frontend());
        SctpPeer served = server.accept()) {
      client.send("hello", PLAIN);
      assertThat(served.receive().content()).isEqualTo("hello");
      served.abort();
      assertThat(client.hearsFailure()).isEqualTo(Errno.ECONNRESET);
      awaitNoneOpen(port);
    }
  }

  @Test
  void aClientWhoseBackendRefusesIsAborted() throws Exception {
    SctpPeer.Server server = SctpPeer.server("127.0.0.1");
    InetSocketAddress gone = server.address();
    server.close();
    try (ListeningPort port = proxy.open(Transport.SCTP, anyPortOf("127.0.0.1"), gone);
        SctpPeer client = SctpPeer.connect(port.frontend())) {
      assertThat(client.hearsFailure()).isEqualTo(Errno.ECONNRESET);
      awaitNoneOpen(port);
      assertThat(port.traffic().refused()).isOne();
    }
  }

  @Test
  void aBackendThatDoesNotReadStopsTheClient() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = open("127.0.0.1", server);
        SctpPeer client = SctpPeer.connect(port.frontend())) {
      Message message = new Message(content(10_000), PLAIN);
      client.send(message);
      try (SctpPeer served = server.accept()) {
        int sent = 1 + sendUntilFull(client, message);
        assertThat(sent).as("messages in the kernel's buffers").isLessThan(500);
        for (int i = 0; i < sent; i++) {
          assertThat(served.receive()).isEqualTo(message);
        }
        client.send("and on", PLAIN);
        assertThat(served.receive().content()).isEqualTo("and on");
      }
    }
  }

  @Test
  void aPortThatIsClosedAbortsWhatItCarries() throws Exception {
    SctpPeer.Server server = SctpPeer.server("127.0.0.1");
    ListeningPort port = open("127.0.0.1", server);
    try (server;
        SctpPeer client = SctpPeer.connect(port.frontend());
        SctpPeer served = server.accept()) {
      client.send("hello", PLAIN);
      assertThat(served.receive().content()).isEqualTo("hello");
      port.close();
      assertThat(client.hearsFailure()).isEqualTo(Errno.ECONNRESET);
      assertThat(served.hearsFailure()).isEqualTo(Errno.ECONNRESET);
      proxy.open(Transport.SCTP, port.frontend(), BACKEND).close();
    }
  }

  @Test
  void newAssociationsGoWhereThePortIsSent() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = proxy.open(Transport.SCTP, anyPortOf("127.0.0.1"), BACKEND)) {
      port.retarget(server.address());
      try (SctpPeer client = SctpPeer.connect(port.frontend());
          SctpPeer served = server.accept()) {
        client.send("here", PLAIN);
        assertThat(served.receive().content()).isEqualTo("here");
      }
    }
  }

  @Test
  void aFullPortLetsAssociationsWait() throws Exception {
    try (UserlandProxy small =
            UserlandProxy.start(
                ProxySettings.defaults().withPolling(Polling.EPOLL).withMaxConnections(10, 1));
        SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        ListeningPort port = small.open(Transport.SCTP, anyPortOf("127.0.0.1"), server.address());
        SctpPeer first = SctpPeer.connect(port.frontend());
        SctpPeer servedFirst = server.accept();
        SctpPeer second = SctpPeer.connect(port.frontend())) {
      second.send("waited", PLAIN);
      assertThat(port.traffic().open()).isOne();
      first.shutDown();
      assertThat(servedFirst.hearsEnd()).isTrue();
      try (SctpPeer served = server.accept()) {
        assertThat(served.receive().content()).isEqualTo("waited");
      }
    }
  }

  @Test
  void aSocketThatAnotherProgramListensOnIsTakenOver() throws Exception {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1");
        BoundElsewhere owner = BoundElsewhere.listeningForMessages("127.0.0.1");
        SctpPeer early = SctpPeer.connect(owner.address(), 20)) {
      early.send("early", PLAIN);
      try (ListeningPort port =
              proxy.adopt(
                  Transport.SCTP,
                  owner.handedOver(),
                  owner.address(),
                  Backend.at(server.address()));
          SctpPeer served = server.accept()) {
        assertThat(served.receive().content()).isEqualTo("early");
        try (SctpPeer late = SctpPeer.connect(port.frontend());
            SctpPeer servedToo = server.accept()) {
          Message message = message("late", 900, 77, false);
          late.send(message);
          assertThat(servedToo.receive()).isEqualTo(message);
        }
      }
    }
  }

  @Test
  void aTcpSocketIsNotTakenForSctp() throws Exception {
    try (BoundElsewhere owner = BoundElsewhere.listening("127.0.0.1")) {
      assertThatThrownBy(() ->
              proxy.adopt(Transport.SCTP, owner.handedOver(), owner.address(), Backend.at(BACKEND)))
          .hasMessageEndingWith("the socket that was handed over is no listening SCTP socket");
    }
  }

  @Test
  void aHeldPortRefusesAndKeepsOthersOut() throws Exception {
    InetSocketAddress free = free();
    try (ListeningPort held = proxy.hold(Transport.SCTP, free);
        SctpPeer client = SctpPeer.connect(held.frontend())) {
      assertThat(client.hearsFailure()).isEqualTo(Errno.ECONNREFUSED);
      assertThatThrownBy(() -> proxy.open(Transport.SCTP, free, BACKEND))
          .hasMessageEndingWith("address already in use");
    }
    proxy.open(Transport.SCTP, free, BACKEND).close();
  }

  @Test
  void theWildcardsOfBothFamiliesAreTwoPorts() throws Exception {
    try (ListeningPort port = proxy.open(Transport.SCTP, anyPortOf("0.0.0.0"), BACKEND);
        ListeningPort port6 = proxy.open(Transport.SCTP, at("::", port), BACKEND)) {
      assertThat(port6.frontend()).isEqualTo(at("::", port));
    }
    try (ListeningPort port6 = proxy.open(Transport.SCTP, anyPortOf("::"), BACKEND);
        SctpPeer client = SctpPeer.connect(at("127.0.0.1", port6))) {
      assertThat(client.hearsFailure()).isEqualTo(Errno.ECONNREFUSED);
    }
  }

  @Test
  void aPortThatSomeoneElseHasIsSaidToBeInUse() throws Exception {
    try (SctpPeer.Server other = SctpPeer.server("127.0.0.1")) {
      assertThatThrownBy(() -> proxy.open(Transport.SCTP, other.address(), BACKEND))
          .hasMessageEndingWith("/sctp: address already in use");
      assertThatThrownBy(() -> proxy.hold(Transport.SCTP, other.address()))
          .hasMessageEndingWith("/sctp: address already in use");
    }
  }

  @Test
  void withoutEpollItIsRefused() throws Exception {
    try (UserlandProxy nio =
        UserlandProxy.start(ProxySettings.defaults().withPolling(Polling.NIO))) {
      assertThatThrownBy(() -> nio.open(Transport.SCTP, free(), BACKEND))
          .hasMessageEndingWith(
              "SCTP can't be relayed without Netty's native epoll, which doesn't load on this"
                  + " machine");
    }
  }

  private ListeningPort open(String frontend, SctpPeer.Server backend) throws Exception {
    return proxy.open(Transport.SCTP, anyPortOf(frontend), backend.address());
  }

  private static void awaitNoneOpen(ListeningPort port) {
    await().until(() -> port.traffic().open() == 0);
  }

  /** How many messages the kernel took until it took none for half a second. */
  private static int sendUntilFull(SctpPeer client, Message message) throws PosixException {
    int sent = 0;
    long lastTaken = System.nanoTime();
    while (System.nanoTime() - lastTaken < 500_000_000L) {
      if (client.isSent(message)) {
        sent++;
        lastTaken = System.nanoTime();
      } else {
        Thread.onSpinWait();
      }
    }
    return sent;
  }

  private static InetSocketAddress free() throws IOException {
    try (SctpPeer.Server server = SctpPeer.server("127.0.0.1")) {
      return server.address();
    }
  }

  private static Message message(String text, int stream, int protocol, boolean unordered) {
    return new Message(text, new MessageInfo(stream, protocol, unordered));
  }

  private static String content(int bytes) {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    return new String(content, ISO_8859_1);
  }
}
