package dev.hairpin.proxy;

import io.netty.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a port takes connections now: not before it is known what to do with them, while accept
 * fails, or while too many are open. Those that it doesn't take wait in the kernel's backlog; none
 * is turned away.
 */
final class AcceptGate {
  private static final Logger log = LoggerFactory.getLogger(AcceptGate.class);
  private static final int REST_SECONDS = 1;

  private final Object port;
  private final StreamServer server;
  private boolean failing;

  /** Set while the port rests. */
  private Future<?> rest;

  private int rests;

  /** Set while nobody knows what to do with connections. */
  private boolean undecided;

  private boolean full;
  private boolean warned;

  AcceptGate(Object port, StreamServer server) {
    this.port = port;
    this.server = server;
  }

  /**
   * An accept that fails, for want of descriptors above all, leaves the connection in the backlog.
   * Trying again at once would only spin, so the port rests for a second; and for one more whenever
   * a client that was accepted finds none for its backend, or those who come later would take them.
   */
  synchronized void failed(Throwable cause) {
    if (!failing) {
      failing = true;
      log.warn("accept on {}: {}; trying again every second", port, KernelWords.of(cause));
    }
    if (rest != null) {
      rest.cancel(false);
    }
    int turn = ++rests;
    rest = server.later(() -> rested(turn), REST_SECONDS);
    update();
  }

  private synchronized void rested(int turn) {
    if (turn == rests) {
      rest = null;
      update();
    }
  }

  /** Whether it is known what to do with connections. */
  synchronized void decided(boolean known) {
    undecided = !known;
    update();
  }

  private void update() {
    server.accepting(!undecided && !full && rest == null);
  }

  synchronized void succeeded() {
    if (failing) {
      failing = false;
      log.info("accept on {}: works again", port);
    }
  }

  /** No more for now: as many are open as may be. */
  synchronized void close(int connections) {
    if (!full) {
      full = true;
      update();
      if (!warned) {
        warned = true;
        log.warn(
            "accept on {}: {} connections are open, which is the limit; more wait until one ends",
            port,
            connections);
      }
    }
  }

  synchronized void open() {
    if (full) {
      full = false;
      update();
    }
  }
}
