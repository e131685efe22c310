package dev.hairpin.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class AcceptGateTest {
  private final Server server = new Server();
  private final AcceptGate gate = new AcceptGate("0.0.0.0:80/tcp", server);

  @Test
  void aFailedAcceptRestsThePortForASecondAndIsLoggedOnce() {
    try (Logs logs = new Logs()) {
      gate.failed(new SocketException("Too many open files"));
      assertThat(server.accepting).isFalse();

      server.aSecondPasses();
      assertThat(server.accepting).isTrue();

      gate.failed(new SocketException("Too many open files"));
      assertThat(server.accepting).isFalse();
      assertThat(logs.warnings())
          .containsExactly(
              "accept on 0.0.0.0:80/tcp: too many open files; trying again every second");
    }
  }

  @Test
  void anAcceptThatFailsAgainAfterASuccessIsLoggedAgain() {
    try (Logs logs = new Logs()) {
      gate.failed(new SocketException("Too many open files"));
      server.aSecondPasses();
      gate.succeeded();
      gate.failed(new SocketException("Too many open files"));
      assertThat(logs.warnings()).hasSize(2);
    }
  }

  @Test
  void aPortThatIsFullTakesNobodyUntilThereIsRoom() {
    gate.close(7);
    assertThat(server.accepting).isFalse();

    gate.open();
    assertThat(server.accepting).isTrue();
  }

  @Test
  void aPortThatIsFullStaysClosedWhenItHasRested() {
    gate.failed(new SocketException("Too many open files"));
    gate.close(7);
    server.aSecondPasses();
    assertThat(server.accepting).isFalse();

    gate.open();
    assertThat(server.accepting).isTrue();
  }

  @Test
  void aPortThatRestsIsNotOpenedByAConnectionThatEnds() {
    gate.close(7);
    gate.failed(new SocketException("Too many open files"));
    gate.open();
    assertThat(server.accepting).isFalse();

    server.aSecondPasses();
    assertThat(server.accepting).isTrue();
  }

  /** Clients that it has taken look for descriptors too, and come first. */
  @Test
  void aPortRestsAsLongAsThereIsNothingForThoseWhomItHasTaken() {
    gate.failed(new SocketException("Too many open files"));
    Runnable firstSecond = server.later.removeFirst();
    gate.failed(new SocketException("Too many open files"));

    firstSecond.run();
    assertThat(server.accepting).isFalse();

    server.aSecondPasses();
    assertThat(server.accepting).isTrue();
  }

  @Test
  void aPortTakesNobodyWhileItIsNotDecidedWhatToDoWithThem() {
    gate.decided(false);
    assertThat(server.accepting).isFalse();

    gate.failed(new SocketException("Too many open files"));
    gate.close(7);
    server.aSecondPasses();
    gate.open();
    assertThat(server.accepting).isFalse();

    gate.decided(true);
    assertThat(server.accepting).isTrue();
  }

  /** Runs what it is given when a second has passed. */
  private static final class Server implements StreamServer {
    private final List<Runnable> later = new ArrayList<>();
    private boolean accepting = true;

    void aSecondPasses() {
      List<Runnable> due = List.copyOf(later);
      later.clear();
      due.forEach(Runnable::run);
    }

    @Override
    public Future<?> later(Runnable task, long seconds) {
      assertThat(seconds).isEqualTo(1);
      later.add(task);
      return ImmediateEventExecutor.INSTANCE.newPromise();
    }

    @Override
    public void accepting(boolean on) {
      accepting = on;
    }

    @Override
    public void awaitTurn() {
      throw new UnsupportedOperationException();
    }

    @Override
    public OptionalInt descriptor() {
      throw new UnsupportedOperationException();
    }

    @Override
    public InetSocketAddress frontend() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      throw new UnsupportedOperationException();
    }
  }
}
