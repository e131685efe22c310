package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.proxy.posix.NativeBuffer;
import dev.hairpin.proxy.posix.PeerAddress;
import dev.hairpin.proxy.posix.TcpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionMemoryTest {
  private static final int WARM_UP = 200;
  private static final int CONNECTIONS = 1000;

  /** The peers' ends, which are in the same process: a number each. */
  private final List<TcpSocket> peers = new ArrayList<>();

  @AfterEach
  void closePeers() throws IOException {
    for (TcpSocket peer : peers) {
      peer.close();
    }
  }

  @Test
  void anIdleConnectionTakesNoMoreThanIsStated() throws Exception {
    TcpSocket backend = TcpSocket.open(anyPortOf("127.0.0.1"));
    peers.add(backend);
    backend.bind(anyPortOf("127.0.0.1"));
    backend.listen(1);
    try (UserlandProxy proxy =
            UserlandProxy.start(ProxySettings.defaults().withPolling(Polling.EPOLL));
        ListeningPort port =
            proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), backend.localAddress())) {
      connect(port.frontend(), backend, WARM_UP);
      long before = heap();

      connect(port.frontend(), backend, CONNECTIONS);

      assertThat(port.traffic().open()).isEqualTo(WARM_UP + CONNECTIONS);
      assertThat((heap() - before) / CONNECTIONS)
          .as("bytes of heap for each connection")
          .isLessThanOrEqualTo(UserlandProxy.HEAP_BYTES_OF_CONNECTION);
    }
  }

  /** One after the other; a byte of each has been carried when this returns. */
  private void connect(InetSocketAddress frontend, TcpSocket backend, int count) throws Exception {
    NativeBuffer one = new NativeBuffer(1);
    PeerAddress anybody = new PeerAddress();
    for (int i = 0; i < count; i++) {
      TcpSocket client = TcpSocket.open(frontend);
      peers.add(client);
      client.beginConnect(frontend);
      soon().until(() -> client.write(one, 0, 1) == 1);
      TcpSocket[] served = new TcpSocket[1];
      soon().until(() -> (served[0] = backend.accept(anybody)) != null);
      peers.add(served[0]);
      soon().until(() -> served[0].read(one) == 1);
    }
  }

  private static ConditionFactory soon() {
    return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).atMost(DEADLINE);
  }

  private static long heap() {
    Runtime runtime = Runtime.getRuntime();
    runtime.gc();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
