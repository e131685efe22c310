package dev.hairpin.proxy.relay;

import dev.hairpin.proxy.posix.PosixException;
import io.netty.channel.IoEventLoop;

/** Knows where the sockets are opened that backends are connected through. */
public interface StreamOpener {
  /**
   * Has a socket opened. Called on the loop, and never blocks.
   *
   * @param opening called at once, or on another thread; it doesn't block
   * @param answer is told on the loop, at once or later
   */
  <S> void open(Opening<S> opening, IoEventLoop loop, Answer<S> answer);

  /** Opens a socket in the network namespace of the thread that calls it. */
  interface Opening<S> {
    S open() throws PosixException;
  }

  /** Who waits for a socket. */
  interface Answer<S> {
    /** It is the receiver's from here on. */
    void opened(S socket);

    /** There is none. */
    void failed(PosixException why);
  }
}
