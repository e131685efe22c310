package dev.hairpin.agent.posix;

import static dev.hairpin.agent.posix.JnrPosix.LIBC;
import static dev.hairpin.agent.posix.JnrPosix.RUNTIME;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalInt;
import jnr.constants.platform.Errno;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * Hears what the kernel's netfilter tells everybody who listens, in the network namespace of the
 * thread that opens it. Not safe for several threads.
 */
public final class NetfilterListener implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int NETLINK_NETFILTER = 12;

  /** struct sockaddr_nl: family, the kernel's choice of a port, and groups as bits. */
  private static final int ADDRESS_BYTES = 12;

  private static final int GROUPS = 8;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int MSG_DONTWAIT = 0x40;

  /** struct timeval: seconds, and microseconds. */
  private static final int TIMEVAL_BYTES = 16;

  private static final int NANOS_PER_MICRO = 1000;

  /** struct nlmsghdr, and behind it struct nlmsgerr. */
  private static final int ERROR_TYPE = 4;

  private static final int ERROR_CODE = 16;
  private static final short NLMSG_ERROR = 2;

  /** More than the kernel tells at once (NLMSG_GOODSIZE). */
  private static final int BUFFER_BYTES = 8192;

  private final String doing;
  private final int socket;
  private final Pointer buffer = Memory.allocateDirect(RUNTIME, BUFFER_BYTES);
  private final byte[] received = new byte[BUFFER_BYTES];

  private NetfilterListener(String doing, int socket) {
    this.doing = doing;
    this.socket = socket;
  }

  /** What is told (linux/netfilter/nfnetlink.h). */
  public enum Group {
    /** Changes of nftables' rules, those of iptables-nft among them: NFNLGRP_NFTABLES. */
    RULE_CHANGES(7),
    /** What becomes of packets with {@code meta nftrace} set: NFNLGRP_NFTRACE. */
    TRACES(9);

    private final int number;

    Group(int number) {
      this.number = number;
    }
  }

  /** What came of listening. */
  public sealed interface Received {
    /**
     * Some messages.
     *
     * @param bytes whole datagrams, valid until the next call
     */
    record Datagram(ByteBuffer bytes) implements Received {}

    /** The kernel had more to tell than the socket has room for; what it was is lost. */
    record Overrun() implements Received {}

    record Silence() implements Received {}
  }

  /**
   * Listens from here on.
   *
   * @param doing what for, in words for a person
   * @param patience how long {@link #await} waits
   * @param roomBytes for what is told while nobody asks, as the kernel counts, which is several
   *     times the messages' size; the system's own choice if empty. Who may not have that much gets
   *     what everybody may (net.core.rmem_max)
   */
  public static NetfilterListener open(
      String doing, Group group, Duration patience, OptionalInt roomBytes) throws IOException {
    requireNonNull(doing, "doing");
    int socket = LIBC.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    NetfilterListener listener = new NetfilterListener(doing, socket);
    listener.check(socket);
    try {
      // Before anything can be told.
      roomBytes.ifPresent(listener::makeRoom);
      Pointer address = Memory.allocateDirect(RUNTIME, ADDRESS_BYTES, /* clear= */ true);
      address.putShort(0, (short) AF_NETLINK);
      address.putInt(GROUPS, 1 << (group.number - 1));
      listener.check(LIBC.bind(socket, address, ADDRESS_BYTES));
      Pointer time = Memory.allocateDirect(RUNTIME, TIMEVAL_BYTES, /* clear= */ true);
      time.putLong(0, patience.toSeconds());
      time.putLong(Long.BYTES, patience.toNanosPart() / NANOS_PER_MICRO);
      listener.check(LIBC.setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, time, TIMEVAL_BYTES));
      return listener;
    } catch (IOException e) {
      LIBC.close(socket);
      throw e;
    }
  }

  /**
   * Hears as well of packets that rules have logged, in one order with all else. A group of the log
   * has one listener.
   *
   * @param group 0-65535
   * @param bytes of each packet
   * @throws IOException if somebody else has the group, or the kernel has no such log
   */
  public void hearLog(int group, int bytes) throws IOException {
    ask(LogRequest.bind(group));
    ask(LogRequest.copy(group, bytes));
  }

  /** Nothing is lost that is told before the answer: who asks has begun nothing yet. */
  private void ask(byte[] request) throws IOException {
    Pointer message = Memory.allocateDirect(RUNTIME, request.length);
    message.put(0, request, 0, request.length);
    check((int) LIBC.send(socket, message, request.length, 0));
    while (true) {
      check((int) LIBC.recv(socket, buffer, BUFFER_BYTES, 0));
      if (buffer.getShort(ERROR_TYPE) == NLMSG_ERROR) {
        int error = -buffer.getInt(ERROR_CODE);
        if (error != 0) {
          throw JnrPosix.failure(doing, error);
        }
        return;
      }
    }
  }

  /** Within a user namespace nobody may have more than the limit. */
  private void makeRoom(int bytes) {
    Pointer room = Memory.allocateDirect(RUNTIME, Integer.BYTES);
    room.putInt(0, bytes);
    if (LIBC.setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, room, Integer.BYTES) < 0) {
      LIBC.setsockopt(socket, SOL_SOCKET, SO_RCVBUF, room, Integer.BYTES);
    }
  }

  /** Waits for the next datagram. */
  public Received await() throws IOException {
    return receive(0);
  }

  /** The next datagram, if it is there already. */
  public Received poll() throws IOException {
    return receive(MSG_DONTWAIT);
  }

  private Received receive(int flags) throws IOException {
    int bytes = (int) LIBC.recv(socket, buffer, BUFFER_BYTES, flags);
    if (bytes >= 0) {
      buffer.get(0, received, 0, bytes);
      return new Received.Datagram(ByteBuffer.wrap(received, 0, bytes));
    }
    int error = RUNTIME.getLastError();
    if (error == Errno.EAGAIN.intValue() || error == Errno.EINTR.intValue()) {
      return new Received.Silence();
    }
    if (error == Errno.ENOBUFS.intValue()) {
      return new Received.Overrun();
    }
    throw JnrPosix.failure(doing, error);
  }

  private void check(int result) throws IOException {
    if (result < 0) {
      throw JnrPosix.failure(doing, RUNTIME.getLastError());
    }
  }

  @Override
  public void close() {
    LIBC.close(socket);
  }
}
