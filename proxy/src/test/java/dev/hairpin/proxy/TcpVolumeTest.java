package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.meanwhile;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams that are longer than all buffers between the two ends. */
@ParameterizedClass(name = "{0}")
@EnumSource(
    value = Polling.class,
    names = {"EPOLL", "NIO"})
class TcpVolumeTest {
  private static final int MEBIBYTE = 1024 * 1024;

  @Parameter Polling polling;
  private UserlandProxy proxy;
  private ServerSocket backend;
  private ListeningPort port;
  private Socket client;
  private Socket served;

  @BeforeEach
  void connectThrough() throws Exception {
    proxy = UserlandProxy.start(ProxySettings.defaults().withPolling(polling));
    backend = new ServerSocket();
    backend.setSoTimeout((int) DEADLINE.toMillis());
    // A small window, so that the proxy has to hold back what the backend doesn't read.
    backend.setReceiveBufferSize(4096);
    backend.bind(anyPortOf("127.0.0.1"));
    port = proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), addressOf(backend));
    client = connect(port.frontend());
    served = accept(backend);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    served.close();
    proxy.close();
    backend.close();
  }

  @Test
  void longStreamsBothWaysAtOnceArriveWhole() throws Exception {
    int bytes = 64 * MEBIBYTE;
    CompletableFuture<Long> sentUp = send(client, bytes, 1);
    CompletableFuture<Long> sentDown = send(served, bytes, 2);
    CompletableFuture<Long> arrivedUp = checksum(served);
    CompletableFuture<Long> arrivedDown = checksum(client);

    assertThat(arrivedUp.get(60, SECONDS)).isEqualTo(sentUp.get(60, SECONDS));
    assertThat(arrivedDown.get(60, SECONDS)).isEqualTo(sentDown.get(60, SECONDS));
  }

  /**
   * The FIN comes while the proxy isn't reading, because its own backlog is full. Which length does
   * that depends on the kernel's buffers, so every length around them is tried.
   */
  @Test
  void nothingBeforeTheFinIsLostWhenTheReaderStalls() throws Exception {
    for (int bytes = 1; bytes < 2 * MEBIBYTE; bytes += 64 * 1024) {
      try (Socket sender = connect(port.frontend());
          Socket reader = accept(backend)) {
        long sent = send(sender, bytes, bytes).get(DEADLINE.toSeconds(), SECONDS);

        assertThat(checksum(reader).get(DEADLINE.toSeconds(), SECONDS))
            .as("checksum of %d bytes", bytes)
            .isEqualTo(sent);
      }
    }
  }

  /**
   * As above, with the other direction already over: both FINs have come, and bytes are waiting.
   */
  @Test
  void nothingIsLostWhenTheStallingSideHasEndedToo() throws Exception {
    long sent = send(client, 2 * MEBIBYTE, 4).get(DEADLINE.toSeconds(), SECONDS);
    served.shutdownOutput();
    assertThat(client.getInputStream().read()).isEqualTo(-1);

    assertThat(checksum(served).get(DEADLINE.toSeconds(), SECONDS)).isEqualTo(sent);
  }

  @Test
  void aStalledReaderHoldsUpItsSenderAndNobodyElse() throws Exception {
    CompletableFuture<Void> stalled =
        meanwhile(() -> client.getOutputStream().write(new byte[64 * MEBIBYTE]));
    for (int i = 0; i < 20; i++) {
      try (Socket other = connect(port.frontend());
          Socket otherServed = accept(backend)) {
        Loopback.say(other, "ping");
        assertThat(Loopback.hear(otherServed, 4)).isEqualTo("ping");
      }
    }
    await().during(Duration.ofMillis(500)).atMost(DEADLINE).until(() -> !stalled.isDone());
  }

  /** Sends bytes from {@code seed} and then FIN; completes with their checksum. */
  private static CompletableFuture<Long> send(Socket socket, int bytes, int seed) {
    CRC32 sum = new CRC32();
    return meanwhile(
            () -> {
              Random random = new Random(seed);
              OutputStream out = socket.getOutputStream();
              byte[] chunk = new byte[32 * 1024];
              for (int left = bytes; left > 0; left -= chunk.length) {
                random.nextBytes(chunk);
                int length = Math.min(left, chunk.length);
                sum.update(chunk, 0, length);
                out.write(chunk, 0, length);
              }
              socket.shutdownOutput();
            })
        .thenApply(done -> sum.getValue());
  }

  /** Reads up to the end of the stream; completes with the checksum of all. */
  private static CompletableFuture<Long> checksum(Socket socket) {
    CRC32 sum = new CRC32();
    return meanwhile(
            () -> {
              InputStream in = socket.getInputStream();
              byte[] chunk = new byte[48 * 1024];
              for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                sum.update(chunk, 0, length);
              }
            })
        .thenApply(done -> sum.getValue());
  }
}
