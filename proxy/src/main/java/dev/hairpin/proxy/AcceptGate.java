package dev.hairpin.proxy;

import io.netty.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a port takes connections now. Those that it doesn't take wait in the kernel's backlog;
 * none is turned away.
 */
final class AcceptGate {
  private static final Logger log = LoggerFactory.getLogger(AcceptGate.class);
  private static final int REST_SECONDS = 1;

  private final Object port;
  private final StreamServer server;
  private boolean failing;

  /** Set while the port rests. */
  private Future<?> rest;

  private boolean full;
  private boolean warned;

  AcceptGate(Object port, StreamServer server) {
    this.port = port;
    this.server = server;
  }

  /**
   * An accept that fails, for want of descriptors above all, leaves the connection in the backlog.
   * Trying again at once would only spin, so the port rests for a second.
   */
  synchronized void failed(Throwable cause) {
    if (!failing) {
      failing = true;
      log.warn("accept on {}: {}; trying again every second", port, KernelWords.of(cause));
    }
    if (rest == null) {
      server.accepting(false);
      rest = server.later(this::rested, REST_SECONDS);
    }
  }

  private synchronized void rested() {
    rest = null;
    server.accepting(!full);
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
      server.accepting(false);
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
      server.accepting(rest == null);
    }
  }
}
