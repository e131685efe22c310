package dev.hairpin.proxy.posix;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import jnr.ffi.Pointer;

/**
 * Datagrams of a {@link DatagramBatch} that leave one socket for one peer: what one sendmmsg(2)
 * takes. For one thread at a time.
 *
 * <p>Datagrams of one size that follow each other, and one shorter at their end, become one message
 * that the kernel cuts apart again at the end of its way through this host (UDP_SEGMENT, udp(7)).
 */
public final class Outgoing {
  /** Room for every message of a batch, and for the datagrams of one that had been joined. */
  private static final int MESSAGES = 64;

  private static final int VECTOR_BYTES = 16;

  /** UDP_MAX_SEGMENTS before Linux 6.9. */
  private static final int MAX_SEGMENTS = 64;

  /** What fits into an IPv4 packet without options. */
  private static final int MAX_BYTES = 65507;

  private final MessageHeaders headers = new MessageHeaders(MESSAGES);
  private final Pointer vectors = Native.allocate(MESSAGES * VECTOR_BYTES);
  private final Message[] messages = new Message[MESSAGES];
  private Optional<ReplyPath> path = Optional.empty();
  private int longestSegment;
  private int count;
  private int vectorCount;

  public Outgoing() {
    for (int i = 0; i < MESSAGES; i++) {
      messages[i] = new Message();
    }
  }

  /**
   * Forgets what was added.
   *
   * @param to where to and from which address; empty on a connected socket, which knows
   * @param longest datagrams beyond this many bytes each get a message of their own
   */
  public void clear(Optional<ReplyPath> to, int longest) {
    path = requireNonNull(to, "to");
    longestSegment = longest;
    count = 0;
    vectorCount = 0;
  }

  /** Messages so far. */
  public int count() {
    return count;
  }

  /** Whether another datagram may find no room. */
  public boolean isFull() {
    return vectorCount == MESSAGES;
  }

  /** Adds a datagram, or as many as the kernel has joined in one message. */
  public void add(DatagramBatch batch, int message, Runnable whenFull) {
    long address = batch.address(message);
    int length = batch.length(message);
    int segment = batch.joinedSegments(message);
    if (segment == 0 || segment >= length) {
      addDatagram(address, length, whenFull);
    } else if (segment <= longestSegment) {
      addMessage(address, length, segment, whenFull);
    } else {
      cut(address, length, segment, whenFull);
    }
  }

  /** Adds the datagrams of another's message, each as a message of its own. */
  public void addApart(Outgoing other, int message, Runnable whenFull) {
    Message joined = other.messages[message];
    for (int i = joined.firstVector; i < joined.firstVector + joined.vectors; i++) {
      long at = (long) i * VECTOR_BYTES;
      cut(
          other.vectors.getAddress(at),
          (int) other.vectors.getLong(at + 8),
          joined.segment,
          whenFull);
    }
  }

  private void cut(long address, int length, int segment, Runnable whenFull) {
    for (int at = 0; at < length; at += segment) {
      addDatagram(address + at, Math.min(segment, length - at), whenFull);
    }
  }

  private void addDatagram(long address, int length, Runnable whenFull) {
    if (count > 0 && !isFull() && length <= longestSegment && messages[count - 1].takes(length)) {
      append(address, length, 1);
    } else {
      addMessage(address, length, length, whenFull);
    }
  }

  private void addMessage(long address, int length, int segment, Runnable whenFull) {
    if (isFull()) {
      whenFull.run();
    }
    messages[count++].start(vectorCount, segment);
    append(address, length, segment == 0 ? 1 : (length + segment - 1) / segment);
  }

  private void append(long address, int length, int datagrams) {
    long at = (long) vectorCount++ * VECTOR_BYTES;
    vectors.putAddress(at, address);
    vectors.putLong(at + 8, length);
    messages[count - 1].grow(length, datagrams);
  }

  /** Whether a message is several datagrams. */
  public boolean isJoined(int message) {
    return messages[message].datagrams > 1;
  }

  /** How long each of a message's datagrams is, but the last. */
  public int segment(int message) {
    return messages[message].segment;
  }

  /** Bytes of payload of the messages from {@code first} to before {@code end}. */
  public long bytes(int first, int end) {
    long bytes = 0;
    for (int message = first; message < end; message++) {
      bytes += messages[message].bytes;
    }
    return bytes;
  }

  Pointer headersFrom(int message) {
    return headers.from(message);
  }

  /** Writes what the kernel reads, from this message on. */
  void prepareToSend(int first) {
    for (int message = first; message < count; message++) {
      prepare(message);
    }
  }

  private void prepare(int message) {
    Message joined = messages[message];
    long firstVector = vectors.address() + (long) joined.firstVector * VECTOR_BYTES;
    headers.vectors(message, firstVector, joined.vectors);
    int nameBytes =
        path.map(to -> SocketAddresses.write(to.client(), headers.name(message))).orElse(0);
    headers.nameIs(message, nameBytes);
    headers.controlIs(message, 0);
    ControlMessages control = headers.control(message);
    path.ifPresent(
        to -> to.local().ifPresent(local -> control.leaveFrom(local, to.localInterface())));
    if (isJoined(message)) {
      control.segment(joined.segment);
    }
    headers.controlIs(message, control.length());
  }

  /** Vectors that leave together. */
  private static final class Message {
    private int firstVector;
    private int vectors;
    private int segment;
    private int bytes;
    private int datagrams;

    void start(int vector, int segmentBytes) {
      firstVector = vector;
      segment = segmentBytes;
      vectors = 0;
      bytes = 0;
      datagrams = 0;
    }

    void grow(int length, int more) {
      vectors++;
      bytes += length;
      datagrams += more;
    }

    /** A datagram that is shorter than the others can only be the last, an empty one is alone. */
    boolean takes(int length) {
      return length > 0
          && length <= segment
          && bytes % segment == 0
          && datagrams < MAX_SEGMENTS
          && bytes + length <= MAX_BYTES;
    }
  }
}
