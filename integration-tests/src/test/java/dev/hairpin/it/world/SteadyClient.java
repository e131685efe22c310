package dev.hairpin.it.world;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that connects to a port again and again, every few milliseconds, and waits for each
 * answer. It counts what becomes of its connections.
 */
public final class SteadyClient implements AutoCloseable {
  private static final long PAUSE_NANOS = 3_000_000;
  private static final int PATIENCE_MILLIS = 20_000;

  private final InetSocketAddress port;
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger cut = new AtomicInteger();
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private final Thread thread;
  private volatile String lastTrouble = "";

  private SteadyClient(Namespace from, String address, int port) {
    this.port = new InetSocketAddress(Probe.literal(address), port);
    this.thread = Thread.ofPlatform().daemon().start(() -> from.call(this::askUntilTheEnd));
  }

  /** Begins. */
  public static SteadyClient from(Namespace namespace, String address, int port) {
    return new SteadyClient(namespace, address, port);
  }

  private Void askUntilTheEnd() {
    while (!end.isDone()) {
      ask();
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return null;
  }

  private void ask() {
    try (Socket socket = new Socket()) {
      socket.connect(port, PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      boolean isAnswer = socket.getInputStream().readAllBytes().length > 0;
      (isAnswer ? answered : cut).incrementAndGet();
    } catch (ConnectException e) {
      lastTrouble = e.toString();
      refused.incrementAndGet();
    } catch (IOException e) {
      lastTrouble = e.toString();
      cut.incrementAndGet();
    }
  }

  /** Connections that were answered so far. */
  public int answered() {
    return answered.get();
  }

  /** Connections that nobody listened for, or that could not be made in 20 s. */
  public int refused() {
    return refused.get();
  }

  /** Connections that were made, and ended without an answer. */
  public int cut() {
    return cut.get();
  }

  /** Ends, when the last connection is done. */
  @Override
  public void close() {
    end.complete(null);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while " + this, e);
    }
  }

  @Override
  public String toString() {
    return "%s: %s answered, %s refused, %s cut %s"
        .formatted(port, answered, refused, cut, lastTrouble);
  }
}
