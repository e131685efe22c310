package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.allocate;
import static dev.hairpin.proxy.posix.Native.check;
import static dev.hairpin.proxy.posix.Native.moved;

import dev.hairpin.proxy.posix.Received.Nothing;
import dev.hairpin.proxy.posix.Received.Part;
import java.net.InetSocketAddress;
import jnr.ffi.Pointer;

/**
 * A one-to-one style SCTP socket (RFC 6458 section 4): it listens, or is one end of one
 * association. Numbers and layouts are those of Linux, include/uapi/linux/sctp.h.
 */
public final class SctpSocket extends ConnectionSocket {
  private static final int IPPROTO_SCTP = 132;
  private static final int MSG_EOR = 0x80;
  private static final int MSG_NOTIFICATION = 0x8000;

  private static final int SCTP_INITMSG = 2;
  private static final int SCTP_NODELAY = 3;
  private static final int SCTP_EVENTS = 11;
  private static final int SCTP_STATUS = 14;
  private static final int SCTP_RECVRCVINFO = 32;

  private static final int INITMSG_BYTES = 8;
  private static final int EVENTS_BYTES = 8;
  private static final int PARTIAL_DELIVERY_EVENT = 6;
  private static final int STATUS_BYTES = 176;
  private static final int STATUS_IN_STREAMS = 16;
  private static final int STATUS_OUT_STREAMS = 18;

  /**
   * Streams that we offer to send on to a client. Each takes about 43 bytes of the kernel's memory
   * for every association, used or not: with all 65535, which docker-proxy offers, 2.8 MB.
   */
  private static final int OFFERED_STREAMS = 1024;

  /**
   * Half of it is the window that the peer sees, and Linux has no more than 104 KiB by itself. The
   * loopback interface's chunks are 64 KiB: the next one that doesn't fit waits for a SACK, which
   * is delayed by 200 ms as long as there is one chunk only.
   */
  private static final int RECEIVE_BYTES = 512 * 1024;

  private static final int ALL_STREAMS = 65535;

  private static final ThreadLocal<OneMessage> MESSAGE = ThreadLocal.withInitial(OneMessage::new);

  private boolean hasEndedOutput;

  private SctpSocket(int fd) {
    super(fd);
  }

  /**
   * A non-blocking one of exactly the address's family.
   *
   * @throws PosixException EPROTONOSUPPORT where the kernel has no SCTP
   */
  public static SctpSocket open(InetSocketAddress like) throws PosixException {
    return new SctpSocket(open(like, SOCK_STREAM, IPPROTO_SCTP));
  }

  /** The socket behind a descriptor that is open already. It is closed once. */
  public static SctpSocket of(int fd) {
    return new SctpSocket(fd);
  }

  @Override
  int protocol() {
    return IPPROTO_SCTP;
  }

  /** SCTP asks silent peers by itself, every 30 s (HEARTBEAT). */
  @Override
  public void prepare() throws PosixException {
    setOption(IPPROTO_SCTP, SCTP_NODELAY, true);
    setOption(IPPROTO_SCTP, SCTP_RECVRCVINFO, true);
    keepForProgram(RECEIVE_BYTES);
    onlyTellOfAbandonedMessages();
    agreeOn(OFFERED_STREAMS, ALL_STREAMS);
  }

  /** SCTP has one way to avoid congestion, and it never paces. */
  @Override
  public void useHostsCongestionControl() {}

  private void onlyTellOfAbandonedMessages() throws PosixException {
    Pointer events = ARGUMENTS.get();
    events.setMemory(0, EVENTS_BYTES, (byte) 0);
    events.putByte(PARTIAL_DELIVERY_EVENT, (byte) 1);
    check("setsockopt", LIBC.setsockopt(fd(), IPPROTO_SCTP, SCTP_EVENTS, events, EVENTS_BYTES));
  }

  /**
   * Has the peer that will be connected get as many streams as another association has: so a stream
   * that exists on one side exists on the other, unless the peer allows fewer. If the other
   * association is gone already, nothing changes.
   */
  public void agreeOnStreamsOf(SctpSocket other) throws PosixException {
    Pointer status = allocate(STATUS_BYTES);
    if (other.status(status) == 0) {
      agreeOn(
          Short.toUnsignedInt(status.getShort(STATUS_IN_STREAMS)),
          Short.toUnsignedInt(status.getShort(STATUS_OUT_STREAMS)));
    }
  }

  /** For associations to come; the peer may lower both. */
  private void agreeOn(int outStreams, int inStreams) throws PosixException {
    Pointer initial = ARGUMENTS.get();
    initial.setMemory(0, INITMSG_BYTES, (byte) 0);
    initial.putShort(0, (short) outStreams);
    initial.putShort(Short.BYTES, (short) inStreams);
    check("setsockopt", LIBC.setsockopt(fd(), IPPROTO_SCTP, SCTP_INITMSG, initial, INITMSG_BYTES));
  }

  private int status(Pointer status) {
    Pointer length = allocate(Integer.BYTES);
    length.putInt(0, STATUS_BYTES);
    return LIBC.getsockopt(fd(), IPPROTO_SCTP, SCTP_STATUS, status, length);
  }

  @Override
  public SctpSocket accept(PeerAddress peer) throws PosixException {
    int accepted = acceptDescriptor(peer);
    return accepted == NOT_NOW ? null : new SctpSocket(accepted);
  }

  /** Only listen(2) with a backlog of 0 does it; shutdown(2) is for associations. */
  @Override
  public void stopListening() throws PosixException {
    listen(0);
  }

  /**
   * Takes a message that has arrived, or as much of it as has, or as there is room for.
   *
   * @param offset where in the buffer it is written; there is room for at least a byte
   */
  public Received receive(NativeBuffer buffer, int offset) throws PosixException {
    OneMessage message = MESSAGE.get();
    int bytes = moved("recvmsg", LIBC.recvmsg(fd(), message.toReceive(buffer, offset), 0));
    if (bytes == NOT_NOW) {
      return hasEndedOutput && isOver() ? Nothing.END : Nothing.NOT_NOW;
    }
    if (bytes == 0) {
      return Nothing.END;
    }
    int flags = message.flags();
    if ((flags & MSG_NOTIFICATION) != 0) {
      return Nothing.ABANDONED;
    }
    return new Part(bytes, (flags & MSG_EOR) != 0, message.info());
  }

  /** Whoever has shut down is not told when the peer has answered; the association is just gone. */
  private boolean isOver() {
    return status(allocate(STATUS_BYTES)) < 0 && Native.RUNTIME.getLastError() == Errno.EINVAL;
  }

  /**
   * Sends the start of a buffer as one message.
   *
   * @return whether it was taken; if not, nothing of it was
   * @throws PosixException EINVAL if there is no such stream, EMSGSIZE if it is larger than the
   *     kernel's limits let the socket's buffer be, ESHUTDOWN or EPIPE if the peer takes no more
   */
  public boolean send(NativeBuffer buffer, int length, MessageInfo info) throws PosixException {
    try {
      return sendNow(buffer, length, info);
    } catch (PosixException e) {
      if (e.errno() != Errno.EMSGSIZE) {
        throw e;
      }
      keepForNetwork(length);
      return sendNow(buffer, length, info);
    }
  }

  private boolean sendNow(NativeBuffer buffer, int length, MessageInfo info) throws PosixException {
    Pointer message = MESSAGE.get().toSend(buffer, length, info);
    return moved("sendmsg", LIBC.sendmsg(fd(), message, MSG_NOSIGNAL)) != NOT_NOW;
  }

  /** Sends SHUTDOWN after what was sent. SCTP knows no half-closed association. */
  @Override
  public void endOutput() throws PosixException {
    hasEndedOutput = true;
    try {
      super.endOutput();
    } catch (PosixException e) {
      if (e.errno() != Errno.ENOTCONN) {
        throw e;
      }
    }
  }

  /** Whether the end of the association may be near without an edge that says so. */
  public boolean hasEndedOutput() {
    return hasEndedOutput;
  }
}
