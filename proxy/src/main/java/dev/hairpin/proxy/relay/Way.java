package dev.hairpin.proxy.relay;

import dev.hairpin.proxy.posix.PosixException;

/** One of the two ways through a relayed connection. On the loop only. */
interface Way {
  /** Has the receiver get these bytes first. Before anything was moved, once. */
  void precede(byte[] bytes);

  /**
   * Moves what can be moved now.
   *
   * @return whether more can be, after others had their turn
   * @throws PosixException if one of the sockets broke
   */
  boolean pump() throws PosixException;

  /** Whether the sender's end was passed on. */
  boolean isDone();

  /** Gives back what was borrowed; the way can't be used any more. */
  void release();
}
