package dev.hairpin.proxy;

import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.OptionalInt;

/**
 * A listening socket on an event loop, which hands what it accepts to its {@link ConnectionPort}.
 */
interface StreamServer {
  /** What it is bound to, with the port that was really bound. */
  InetSocketAddress frontend();

  /** As {@link ListeningPort#descriptor}. */
  OptionalInt descriptor();

  /** Takes connections, or leaves them in the kernel's backlog. From any thread. */
  void accepting(boolean on);

  /** Returns once what was said before is heeded. Not on an event loop. */
  void awaitTurn();

  /** Runs on the server's loop after a while. */
  Future<?> later(Runnable task, long seconds);

  /**
   * Ends listening. When this returns, another program can bind the address. Not on an event loop;
   * twice is harmless.
   */
  void close();
}
