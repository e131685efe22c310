package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.listen;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Two sides that write, shut and reset in any order see the same as without a proxy. */
class TcpScheduleTest {
  private static final Duration POLL = Duration.ofMillis(1);

  enum Side {
    CLIENT,
    SERVER
  }

  sealed interface Act {}

  record Write(int bytes) implements Act {}

  record Shut() implements Act {}

  /** Comes when the other side has read all, as a reset overtakes what is on its way. */
  record Reset() implements Act {}

  record Step(Side side, Act act) {}

  @Provide
  Arbitrary<List<Step>> schedules() {
    Arbitrary<Act> acts =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.integers().between(1, 200).map(Write::new)),
            Tuple.of(4, Arbitraries.integers().between(1, 900_000).map(Write::new)),
            Tuple.of(2, Arbitraries.just(new Shut())),
            Tuple.of(1, Arbitraries.just(new Reset())));
    return Combinators.combine(Arbitraries.of(Side.class), acts)
        .as(Step::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(12);
  }

  @Property(tries = 150)
  void bySplicing(@ForAll("schedules") List<Step> schedule) throws Exception {
    assertSameAsDirect(Polling.EPOLL, schedule);
  }

  @Property(tries = 50)
  void byTheJdksChannels(@ForAll("schedules") List<Step> schedule) throws Exception {
    assertSameAsDirect(Polling.NIO, schedule);
  }

  private static void assertSameAsDirect(Polling polling, List<Step> schedule) throws Exception {
    try (ServerSocket server = listen("127.0.0.1");
        UserlandProxy proxy = UserlandProxy.start(ProxySettings.defaults().withPolling(polling));
        ListeningPort port = proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), addressOf(server))) {
      List<String> direct = play(schedule, server, addressOf(server));
      assertThat(play(schedule, server, port.frontend())).isEqualTo(direct);
    }
  }

  /** What each side has read, and how its stream ended. */
  private static List<String> play(
      List<Step> schedule, ServerSocket server, InetSocketAddress address) throws Exception {
    try (Socket client = connect(address);
        Socket served = accept(server)) {
      Player first = new Player(client);
      Player second = new Player(served);
      for (Step step : schedule) {
        switch (step.side()) {
          case CLIENT -> first.act(step.act(), second);
          case SERVER -> second.act(step.act(), first);
        }
      }
      first.finish(second);
      second.finish(first);
      return List.of(first.heard(), second.heard());
    }
  }

  /** One side. It reads all the time, and does nothing more after a shut or a reset. */
  private static final class Player {
    private final Socket socket;
    private final Random random = new Random(1);
    private final CompletableFuture<String> heard;
    private final AtomicLong read = new AtomicLong();
    private long written;
    private boolean ended;
    private volatile boolean resets;

    Player(Socket socket) {
      this.socket = socket;
      this.heard = CompletableFuture.supplyAsync(this::readAll, Thread::startVirtualThread);
    }

    void act(Act act, Player other) throws IOException {
      if (ended || other.resets) {
        return;
      }
      switch (act) {
        case Write(int bytes) -> {
          byte[] data = new byte[bytes];
          random.nextBytes(data);
          written += bytes;
          socket.getOutputStream().write(data);
        }
        case Shut() -> {
          ended = true;
          socket.shutdownOutput();
        }
        case Reset() -> {
          awaitAllRead(other);
          other.awaitAllRead(this);
          ended = true;
          resets = true;
          Loopback.reset(socket);
        }
      }
    }

    /** All that was written, and the end of it when that was sent. */
    private void awaitAllRead(Player other) {
      await()
          .pollInterval(POLL)
          .atMost(DEADLINE)
          .until(() -> other.read.get() == written && (!ended || other.heard.isDone()));
    }

    void finish(Player other) throws IOException {
      act(new Shut(), other);
    }

    String heard() throws Exception {
      return heard.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    private String readAll() {
      CRC32 sum = new CRC32();
      byte[] chunk = new byte[32 * 1024];
      try {
        InputStream in = socket.getInputStream();
        for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
          sum.update(chunk, 0, length);
          read.addAndGet(length);
        }
        return read + " bytes " + sum.getValue() + ", end";
      } catch (SocketException e) {
        return read + " bytes " + sum.getValue() + (resets ? ", itself" : ", reset");
      } catch (IOException e) {
        return e.toString();
      }
    }
  }
}
