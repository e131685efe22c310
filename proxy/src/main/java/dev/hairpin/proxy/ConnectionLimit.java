package dev.hairpin.proxy;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections all ports may have together. Every event loop may exceed it by one. Safe for
 * use by any thread.
 */
final class ConnectionLimit {
  private final int limit;
  private final AtomicInteger open = new AtomicInteger();
  private final Set<ConnectionPort> waiting = ConcurrentHashMap.newKeySet();

  ConnectionLimit(int limit) {
    this.limit = limit;
  }

  int limit() {
    return limit;
  }

  int open() {
    return open.get();
  }

  boolean isReached() {
    return open.get() >= limit;
  }

  void opened() {
    open.incrementAndGet();
  }

  /** Has the port asked again when a connection ends. */
  void await(ConnectionPort port) {
    waiting.add(port);
    if (!isReached()) {
      wakeAll();
    }
  }

  void ended() {
    open.decrementAndGet();
    if (!waiting.isEmpty()) {
      wakeAll();
    }
  }

  private void wakeAll() {
    for (ConnectionPort port : List.copyOf(waiting)) {
      if (waiting.remove(port)) {
        port.admitAgain();
      }
    }
  }
}
