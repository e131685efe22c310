package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.hear;
import static dev.hairpin.proxy.Loopback.hearAll;
import static dev.hairpin.proxy.Loopback.listen;
import static dev.hairpin.proxy.Loopback.say;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.proxy.posix.NativeBuffer;
import dev.hairpin.proxy.posix.Segments;
import dev.hairpin.proxy.posix.TcpSocket;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes with something else goes in its segment: each one costs two hosts their time. */
class SegmentsTest {
  private UserlandProxy proxy;
  private ServerSocket backend;

  @BeforeEach
  void start() throws IOException {
    proxy = UserlandProxy.start(ProxySettings.defaults().withPolling(Polling.EPOLL));
    backend = listen("127.0.0.1");
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    backend.close();
  }

  @Test
  void anAnswerThatComesWithItsEndLeavesWithIt() throws Exception {
    try (ListeningPort port =
        proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), addressOf(backend))) {
      // The kernel waits 200 ms for the end, and this machine may be slow once.
      assertThat(IntStream.range(0, 5).map(any -> segmentsOfAnswer(port)).min()).hasValue(1);
    }
  }

  private int segmentsOfAnswer(ListeningPort port) {
    try (Socket client = connect(port.frontend());
        Socket served = accept(backend)) {
      say(client, "request");
      assertThat(hear(served, 7)).isEqualTo("request");
      TcpSocket ofClient = only(OwnSockets.connectedFrom(client.getLocalSocketAddress()));
      int before = Segments.receivedBy(ofClient);
      sayAllInOneSegment(only(OwnSockets.connectedFrom(served.getLocalSocketAddress())), "answer");
      assertThat(hearAll(client)).isEqualTo("answer");
      return Segments.receivedBy(ofClient) - before;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void sayAllInOneSegment(TcpSocket socket, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    NativeBuffer buffer = new NativeBuffer(bytes.length);
    buffer.put(bytes);
    assertThat(socket.writeLast(buffer, 0, bytes.length)).isEqualTo(bytes.length);
    socket.endOutput();
  }

  private static TcpSocket only(List<TcpSocket> sockets) {
    assertThat(sockets).hasSize(1);
    return sockets.getFirst();
  }
}
