package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.listen;
import static dev.hairpin.proxy.Loopback.meanwhile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Thousands of connections of all kinds, after which nothing is left of them. */
class TcpSoakTest {
  private static final int CLIENTS = 16;
  private static final int SMALL = 500;
  private static final int BULK = 300_000;

  @Test
  void nothingIsLeftOfConnectionsThatEnded() throws Exception {
    try (ServerSocket backend = listen("127.0.0.1");
        UserlandProxy proxy =
            UserlandProxy.start(ProxySettings.defaults().withPolling(Polling.EPOLL));
        ListeningPort port =
            proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), addressOf(backend))) {
      backend.setSoTimeout(0);
      CompletableFuture<Void> serving = meanwhile(() -> serve(backend));
      // Fills the pools: 64 pipes of each loop, which stay.
      soak(port.frontend(), 100, 1);
      await().atMost(DEADLINE).until(() -> ((ConnectionPort) port).connectionCount() == 0);
      long descriptors = descriptors();
      long heap = heap();

      soak(port.frontend(), 200, 2);
      await().atMost(DEADLINE).until(() -> ((ConnectionPort) port).connectionCount() == 0);

      assertThat(serving).isNotDone();
      await().atMost(DEADLINE).until(() -> descriptors() <= descriptors + 2L * 2 * CLIENTS);
      assertThat(heap() - heap).as("growth of the heap").isLessThan(2L * 1024 * 1024);
    }
  }

  /** Sends back everything up to FIN. */
  private static void serve(ServerSocket backend) throws IOException {
    while (!backend.isClosed()) {
      Socket served = backend.accept();
      CompletableFuture<Void> echo =
          meanwhile(() -> {
            try (served;
                InputStream in = served.getInputStream()) {
              in.transferTo(served.getOutputStream());
            }
          });
      echo.exceptionally(reset -> null);
    }
  }

  private static void soak(InetSocketAddress address, int each, int seed) throws Exception {
    List<CompletableFuture<Void>> clients = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      Random random = new Random(seed * 1000L + client);
      clients.add(
          meanwhile(() -> {
            for (int i = 0; i < each; i++) {
              talk(address, random);
            }
          }));
    }
    CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new)).get(120, TimeUnit.SECONDS);
  }

  private static void talk(InetSocketAddress address, Random random) throws IOException {
    byte[] bytes = new byte[random.nextInt(10) == 0 ? BULK : SMALL];
    try (Socket socket = connect(address)) {
      CompletableFuture<Void> sending =
          meanwhile(() -> {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
          });
      switch (random.nextInt(4)) {
        case 0 -> {
          sending.join();
          Loopback.reset(socket);
        }
        case 1 -> {
          assertThat(socket.getInputStream().readNBytes(SMALL)).hasSize(SMALL);
          sending.join();
        }
        default -> {
          assertThat(socket.getInputStream().readAllBytes()).hasSize(bytes.length);
          sending.join();
        }
      }
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  private static long heap() {
    Runtime runtime = Runtime.getRuntime();
    runtime.gc();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
