package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.datagrams;
import static dev.hairpin.proxy.Loopback.hear;
import static dev.hairpin.proxy.Loopback.listen;
import static dev.hairpin.proxy.Loopback.receive;
import static dev.hairpin.proxy.Loopback.reset;
import static dev.hairpin.proxy.Loopback.say;
import static dev.hairpin.proxy.Loopback.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass(name = "{0}")
@EnumSource(
    value = Polling.class,
    names = {"EPOLL", "NIO"})
class TrafficTest {
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

  @Test
  void aConnectionIsCountedWithItsBytesEachWay() throws Exception {
    try (ServerSocket backend = listen("127.0.0.1");
        ListeningPort port =
            proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), addressOf(backend))) {
      assertThat(port.traffic()).isEqualTo(Traffic.NONE);
      try (Socket client = connect(port.frontend());
          Socket served = accept(backend)) {
        say(client, "question");
        assertThat(hear(served, 8)).isEqualTo("question");
        say(served, "yes");
        assertThat(hear(client, 3)).isEqualTo("yes");
        assertThat(port.traffic()).isEqualTo(new Traffic(1, 1, 0, 8, 3));
        reset(client);
      }
      await().atMost(DEADLINE).until(() -> port.traffic().equals(new Traffic(1, 0, 0, 8, 3)));
    }
  }

  @Test
  void aConnectionThatFindsNoBackendIsCountedAsRefused() throws Exception {
    ServerSocket gone = listen("127.0.0.1");
    gone.close();
    try (ListeningPort port = proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), addressOf(gone))) {
      try (Socket client = connect(port.frontend())) {
        assertThat(client.isConnected()).isTrue();
      } catch (IOException resetAlready) {
        assertThat(resetAlready).hasMessageStartingWith("Connection reset");
      }
      await().atMost(DEADLINE).until(() -> port.traffic().equals(new Traffic(1, 0, 1, 0, 0)));
    }
  }

  @Test
  void aFlowIsCountedOnceWithTheBytesOfItsDatagrams() throws Exception {
    try (DatagramSocket backend = datagrams("127.0.0.1");
        DatagramSocket client = datagrams("127.0.0.1");
        ListeningPort port =
            proxy.open(Transport.UDP, anyPortOf("127.0.0.1"), addressOf(backend))) {
      send(client, port.frontend(), "four");
      send(client, port.frontend(), "more");
      Loopback.Received first = receive(backend);
      receive(backend);
      send(backend, first.from(), "yes");
      receive(client);

      await().atMost(DEADLINE).until(() -> port.traffic().equals(new Traffic(1, 1, 0, 8, 3)));
    }
  }

  @Test
  void aPortThatIsOnlyHeldHasCarriedNothing() throws Exception {
    ServerSocket free = listen("127.0.0.1");
    free.close();
    try (ListeningPort held = proxy.hold(Transport.TCP, addressOf(free))) {
      assertThat(held.traffic()).isEqualTo(Traffic.NONE);
    }
  }
}
