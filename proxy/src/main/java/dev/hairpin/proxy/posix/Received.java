package dev.hairpin.proxy.posix;

/** What {@link SctpSocket#receive} found. */
public sealed interface Received {
  /**
   * A message, or the next part of one. No other message's parts come in between.
   *
   * @param bytes how many were written to the buffer
   * @param isLast whether this is the end of the message
   */
  record Part(int bytes, boolean isLast, MessageInfo info) implements Received {}

  /** No part of a message. */
  enum Nothing implements Received {
    /** Nothing has come until epoll says so. */
    NOT_NOW,
    /** The peer has shut down, or has answered our own shutdown: there will be no more. */
    END,
    /** The peer has given up the message whose first parts were received. */
    ABANDONED
  }
}
