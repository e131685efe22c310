package dev.hairpin.proxy;

/** How the proxy waits for its sockets. */
public enum Polling {
  /** {@link #EPOLL} where its native library loads, else {@link #NIO}. */
  AUTO,
  /** Netty's native epoll. Starting fails where its library cannot be loaded. */
  EPOLL,
  /** The JDK's own selector. */
  NIO
}
