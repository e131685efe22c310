package dev.hairpin.it.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many datagrams of one client get through in a second before they begin to be lost: a client
 * on the host sends at a steady rate, a sink in the container counts. The rate rises until
 * datagrams are lost, and is then narrowed down.
 */
final class DatagramRate implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DatagramRate.class);

  /** One in a thousand may be lost to something else that the machine does. */
  private static final double LOSS = 0.001;

  private static final double FIRST_RATE = 20_000;
  private static final double MOST = 5_000_000;
  private static final double STEP = 1.5;
  private static final int NARROWINGS = 4;
  private static final long TRIAL_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
  private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(60);

  private final DatagramChannel sink;
  private final AtomicLong arrived = new AtomicLong();

  /** Counts what arrives in the container from now on. */
  DatagramRate(Course course) {
    sink =
        course
            .container()
            .call(() ->
                DatagramChannel.open()
                    .setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20)
                    .bind(new InetSocketAddress(Course.CONTAINER, Course.SINK)));
    Thread.ofPlatform().daemon().name("sink").start(this::count);
  }

  private void count() {
    ByteBuffer datagram = ByteBuffer.allocateDirect(2048);
    try {
      while (sink.receive(datagram.clear()) != null) {
        arrived.incrementAndGet();
      }
    } catch (IOException e) {
      if (sink.isOpen()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The highest rate at which datagrams of that size get through. */
  double search(Course course, Relay relay, int bytes) {
    try (DatagramChannel client =
        course
            .host()
            .call(() ->
                DatagramChannel.open()
                    .connect(new InetSocketAddress(relay.address(), relay.port())))) {
      awaitTheFirst(client);
      return search(client, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The relay may not listen yet; the kernel then refuses what comes before. */
  private void awaitTheFirst(DatagramChannel client) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    long before = arrived.get();
    while (arrived.get() == before) {
      if (System.nanoTime() > deadline) {
        throw new SocketTimeoutException("no datagram got through to " + client.getRemoteAddress());
      }
      try {
        client.write(ByteBuffer.wrap(new byte[1]));
      } catch (PortUnreachableException e) {
        log.trace("{} does not listen yet: {}", client, e.toString());
      } finally {
        LockSupport.parkNanos(SETTLE_NANOS);
      }
    }
  }

  private double search(DatagramChannel client, int bytes) throws IOException {
    double good = 0;
    double bad = FIRST_RATE;
    Trial trial = attempt(client, bytes, bad);
    while (trial.isComplete() && bad < MOST) {
      good = trial.rate();
      if (trial.rate() < bad / STEP) {
        // The client itself can't send faster.
        return good;
      }
      bad *= STEP;
      trial = attempt(client, bytes, bad);
    }
    for (int i = 0; i < NARROWINGS; i++) {
      double middle = (good + bad) / 2;
      trial = attempt(client, bytes, middle);
      if (trial.isComplete()) {
        good = Math.max(good, trial.rate());
      } else {
        bad = middle;
      }
    }
    return good;
  }

  /** What became of one rate. */
  private record Trial(long sent, long arrived, long nanos) {
    boolean isComplete() {
      return arrived >= sent * (1 - LOSS);
    }

    double rate() {
      return arrived * 1e9 / nanos;
    }
  }

  /** One loss may be somebody else's doing, so a rate gets a second chance. */
  private Trial attempt(DatagramChannel client, int bytes, double rate) throws IOException {
    Trial first = send(client, bytes, rate);
    return first.isComplete() ? first : send(client, bytes, rate);
  }

  /** Sends for a moment, a few at once: sleeping is not exact enough for one at a time. */
  private Trial send(DatagramChannel client, int bytes, double rate) throws IOException {
    ByteBuffer datagram = ByteBuffer.allocateDirect(bytes);
    long before = arrived.get();
    long begin = System.nanoTime();
    long sent = 0;
    long elapsed = 0;
    while (elapsed < TRIAL_NANOS) {
      long due = (long) (elapsed * rate / 1e9);
      while (sent < due) {
        client.write(datagram.clear());
        sent++;
        if (sent % 64 == 0 && System.nanoTime() - begin > TRIAL_NANOS) {
          break;
        }
      }
      LockSupport.parkNanos(20_000);
      elapsed = System.nanoTime() - begin;
    }
    LockSupport.parkNanos(SETTLE_NANOS);
    return new Trial(sent, arrived.get() - before, elapsed);
  }

  @Override
  public void close() {
    try {
      sink.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
