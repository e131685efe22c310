package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.hear;
import static dev.hairpin.proxy.Loopback.listen;
import static dev.hairpin.proxy.Loopback.say;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.proxy.relay.LoopSupplies;
import dev.hairpin.proxy.relay.RelayedConnection;
import dev.hairpin.proxy.relay.StreamOpener;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A backend that is dialled from within its namespace has several addresses. */
class NextAddressTest {
  private final LoopSupplies supplies = new LoopSupplies();
  private final IoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final IoEventLoop loop = loops.next();
  private final Namespace namespace = new Namespace();
  private final Calls calls = new Calls();
  private TcpSocket frontend;
  private TcpSocket refusing;

  @BeforeEach
  void bind() throws PosixException {
    frontend = bound();
    frontend.listen(1);
    // It is nobody else's, and doesn't listen.
    refusing = bound();
  }

  @AfterEach
  void stop() throws Exception {
    loops.shutdownGracefully(0, 5, SECONDS).sync();
    supplies.close();
    frontend.close();
    refusing.close();
  }

  @Test
  void aClientThatSpeaksWhileItsSocketIsMadeIsHeardByWhoAccepts() throws Exception {
    try (ServerSocket backend = listen("127.0.0.1");
        Socket client = connect(frontend.localAddress())) {
      RelayedConnection<?> connection =
          RelayedConnection.of(frontend.accept(supplies.peer()), loop, supplies, calls);
      List<InetSocketAddress> addresses = List.of(refusing.localAddress(), addressOf(backend));
      loop.submit(() -> connection.start(addresses.iterator(), namespace, DEADLINE)).sync();
      Runnable goOn = namespace.second.get(DEADLINE.toSeconds(), SECONDS);

      say(client, "request");
      // Twice, as the first may be done before epoll is asked.
      loop.submit(() -> {}).sync();
      loop.submit(() -> {}).sync();
      loop.submit(goOn).sync();

      try (Socket served = accept(backend)) {
        assertThat(hear(served, 7)).isEqualTo("request");
      }
      assertThat(namespace.opened).hasValue(2);
      assertThat(calls.unreachable).isFalse();
      loop.submit(connection::reset).sync();
    }
  }

  private static TcpSocket bound() throws PosixException {
    InetSocketAddress anyPort = anyPortOf("127.0.0.1");
    TcpSocket socket = TcpSocket.open(anyPort);
    socket.bind(anyPort);
    return socket;
  }

  /** Makes the first socket at once, and the second when it is told to. */
  private static final class Namespace implements StreamOpener {
    private final CompletableFuture<Runnable> second = new CompletableFuture<>();
    private final AtomicInteger opened = new AtomicInteger();

    @Override
    public <S> void open(Opening<S> opening, IoEventLoop loop, Answer<S> answer) {
      if (opened.incrementAndGet() == 1) {
        open(opening, answer);
      } else if (!second.complete(() -> open(opening, answer))) {
        throw new IllegalStateException("asked for a third socket");
      }
    }

    private static <S> void open(Opening<S> opening, Answer<S> answer) {
      try {
        answer.opened(opening.open());
      } catch (PosixException e) {
        answer.failed(e);
      }
    }
  }

  /** What the connection's owner is told. */
  private static final class Calls implements RelayedConnection.Owner {
    private volatile boolean unreachable;

    @Override
    public byte[] connected() {
      return new byte[0];
    }

    @Override
    public void unreachable(PosixException why) {
      unreachable = true;
    }

    @Override
    public void exhausted(PosixException why) {}

    @Override
    public void broken(PosixException why) {}

    @Override
    public void movedUp(long bytes) {}

    @Override
    public void movedDown(long bytes) {}

    @Override
    public void ended() {}
  }
}
