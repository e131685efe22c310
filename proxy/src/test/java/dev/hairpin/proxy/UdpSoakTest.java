package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.datagrams;
import static dev.hairpin.proxy.Loopback.receive;
import static dev.hairpin.proxy.Loopback.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many more flows than are kept, and none of them for long. */
class UdpSoakTest {
  private static final int FLOWS = 5000;
  private static final int MAX_FLOWS = 64;

  @ParameterizedTest
  @EnumSource(
      value = Polling.class,
      names = {"EPOLL", "NIO"})
  void thousandsOfShortFlowsLeaveNoDescriptorBehind(Polling polling) throws Exception {
    AtomicLong nanoTime = new AtomicLong();
    ProxySettings settings =
        ProxySettings.defaults()
            .withPolling(polling)
            .withMaxUdpFlows(MAX_FLOWS)
            .withUdpClock(nanoTime::get, Duration.ofMillis(1));
    try (UserlandProxy proxy = UserlandProxy.start(settings);
        DatagramSocket backend = datagrams("127.0.0.1");
        UdpPort port =
            (UdpPort) proxy.open(Transport.UDP, anyPortOf("127.0.0.1"), addressOf(backend))) {
      exchange(port, backend);
      nanoTime.addAndGet(Duration.ofSeconds(90).toNanos());
      await().atMost(DEADLINE).until(() -> port.flowCount() == 0);
      long before = descriptors();

      for (int flow = 0; flow < FLOWS; flow++) {
        exchange(port, backend);
        nanoTime.addAndGet(Duration.ofSeconds(1).toNanos());
        if (flow % 100 == 0) {
          assertThat(port.flowCount()).isLessThanOrEqualTo(MAX_FLOWS);
        }
      }

      nanoTime.addAndGet(Duration.ofSeconds(90).toNanos());
      await().atMost(DEADLINE).until(() -> port.flowCount() == 0);
      await().atMost(DEADLINE).until(() -> descriptors() <= before);
    }
  }

  private static void exchange(UdpPort port, DatagramSocket backend) throws IOException {
    try (DatagramSocket client = datagrams("127.0.0.1")) {
      send(client, port.frontend(), "question");
      send(backend, receive(backend).from(), "answer");
      assertThat(receive(client).text()).isEqualTo("answer");
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
