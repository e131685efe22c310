package dev.hairpin.proxy.posix;

import jnr.ffi.Pointer;

/**
 * Room for what one recvmmsg(2) takes, in native memory, so that what was received is sent on
 * without a copy. For one thread at a time; what it holds lasts until it is received into again.
 *
 * <p>It is 2 MiB of addresses, of which the kernel backs the pages that datagrams were written to:
 * 128 KiB as long as none is longer than a page.
 */
public final class DatagramBatch {
  /** Messages that are taken at once. */
  public static final int MESSAGES = 32;

  /** More than the longest payload of a UDP datagram, and of datagrams that the kernel joins. */
  private static final int PAYLOAD_BYTES = 65536;

  private static final int VECTOR_BYTES = 16;

  private final MessageHeaders headers = new MessageHeaders(MESSAGES);
  private final Pointer vectors = Native.allocate(MESSAGES * VECTOR_BYTES);
  private final Pointer payload = Native.allocateUntouched(MESSAGES * PAYLOAD_BYTES);
  private int count;

  public DatagramBatch() {
    for (int message = 0; message < MESSAGES; message++) {
      vectors.putAddress((long) message * VECTOR_BYTES, address(message));
      vectors.putLong((long) message * VECTOR_BYTES + 8, PAYLOAD_BYTES);
      headers.vectors(message, vectors.address() + (long) message * VECTOR_BYTES, 1);
      headers.expectAddresses(message);
    }
  }

  /** Messages that were received last. */
  public int count() {
    return count;
  }

  /** Where answers to a message go. */
  public ReplyPath replyPath(int message) {
    ControlMessages control = headers.control(message);
    var local = control.localAddress();
    return new ReplyPath(
        SocketAddresses.read(headers.name(message)), local, control.interfaceOf(local));
  }

  /** Whether two messages are known to have the same reply path without decoding it. */
  public boolean haveSamePath(int one, int other) {
    return headers.haveSameAddresses(one, other);
  }

  /** The memory's address of a message's payload. */
  long address(int message) {
    return payload.address() + (long) message * PAYLOAD_BYTES;
  }

  /** Bytes of a message's payload; 0 is a datagram, too. */
  int length(int message) {
    return headers.received(message);
  }

  /** How long a message's datagrams are, but the last; 0 if it is just one. */
  int joinedSegments(int message) {
    return headers.control(message).joinedSegments();
  }

  /** The kernel overwrites the rooms' sizes with what it used of them. */
  Pointer prepareToReceive() {
    for (int message = 0; message < count; message++) {
      headers.expectAddresses(message);
    }
    count = 0;
    return headers.from(0);
  }

  void received(int messages) {
    count = messages;
  }
}
