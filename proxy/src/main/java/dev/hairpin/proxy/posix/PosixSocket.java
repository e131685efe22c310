package dev.hairpin.proxy.posix;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * An IP socket by its descriptor. Calls never block; after {@link #close()} they must not be made,
 * as the number may already be another socket's.
 */
public final class PosixSocket implements Closeable {
  static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");
  static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SHUT_RD = 0;

  private static final int SOL_IP = 0;
  private static final int SOL_SOCKET = 1;
  private static final int SOL_IPV6 = 41;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_PROTOCOL = 38;
  private static final int SO_DOMAIN = 39;
  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_UDP = 17;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int FILTER_PROGRAM_BYTES = 16;
  private static final int FILTER_BYTES = 8;
  private static final short BPF_RETURN_CONSTANT = 0x06;
  private static final int IP_PKTINFO = 8;
  private static final int IPV6_V6ONLY = 26;
  private static final int IPV6_RECVPKTINFO = 49;

  private final int fd;

  private PosixSocket(int fd) {
    this.fd = fd;
  }

  /** A non-blocking TCP socket of exactly the address's family. */
  public static PosixSocket stream(InetSocketAddress like) throws PosixException {
    return open(like, SOCK_STREAM);
  }

  /** A non-blocking UDP socket of exactly the address's family. */
  public static PosixSocket datagram(InetSocketAddress like) throws PosixException {
    return open(like, SOCK_DGRAM);
  }

  /**
   * The socket behind a descriptor that is open already. It is closed once: here, or by the channel
   * that has the descriptor too.
   */
  public static PosixSocket of(int fd) {
    return new PosixSocket(fd);
  }

  private static PosixSocket open(InetSocketAddress like, int type) throws PosixException {
    int flags = type | SOCK_NONBLOCK | SOCK_CLOEXEC;
    return new PosixSocket(check("socket", LIBC.socket(SocketAddresses.family(like), flags, 0)));
  }

  public int fd() {
    return fd;
  }

  /** Whether it is a TCP socket of IPv4 or IPv6. */
  public boolean isTcp() throws PosixException {
    return isIp() && option(SO_PROTOCOL) == IPPROTO_TCP;
  }

  /** Whether it is a UDP socket of IPv4 or IPv6. */
  public boolean isUdp() throws PosixException {
    return isIp() && option(SO_PROTOCOL) == IPPROTO_UDP;
  }

  private boolean isIp() throws PosixException {
    int family = option(SO_DOMAIN);
    return family == SocketAddresses.AF_INET || family == SocketAddresses.AF_INET6;
  }

  /** Whether connections can be accepted from it. */
  public boolean isListening() throws PosixException {
    return option(SO_ACCEPTCONN) != 0;
  }

  /**
   * Has calls on it never block. Whoever shares it, through a duplicate of the descriptor, sees
   * that too.
   */
  public void neverBlock() throws PosixException {
    int flags = check("fcntl", LIBC.fcntl(fd, F_GETFL, 0));
    check("fcntl", LIBC.fcntl(fd, F_SETFL, flags | SOCK_NONBLOCK));
  }

  /** Keeps an IPv6 socket from taking IPv4 traffic. Before it is bound. */
  public void onlyIpv6() throws PosixException {
    setOption(SOL_IPV6, IPV6_V6ONLY, true);
  }

  public void reuseAddress(boolean reuse) throws PosixException {
    setOption(SOL_SOCKET, SO_REUSEADDR, reuse);
  }

  /** Has every datagram say which local address it was sent to. */
  public void reportLocalAddress(InetSocketAddress like) throws PosixException {
    if (SocketAddresses.family(like) == SocketAddresses.AF_INET6) {
      setOption(SOL_IPV6, IPV6_RECVPKTINFO, true);
    } else {
      setOption(SOL_IP, IP_PKTINFO, true);
    }
  }

  /** Has the kernel drop whatever arrives, before it takes memory (socket(7), SO_ATTACH_FILTER). */
  public void dropEverything() throws PosixException {
    Pointer program = allocate(FILTER_PROGRAM_BYTES);
    Pointer returnZero = allocate(FILTER_BYTES);
    returnZero.putShort(0, BPF_RETURN_CONSTANT);
    program.putShort(0, (short) 1);
    program.putAddress(Long.BYTES, returnZero.address());
    check(
        "setsockopt",
        LIBC.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, FILTER_PROGRAM_BYTES));
  }

  public void bind(InetSocketAddress address) throws PosixException {
    Pointer memory = allocate(SocketAddresses.MAX_BYTES);
    check("bind", LIBC.bind(fd, memory, SocketAddresses.write(address, memory)));
  }

  public void connect(InetSocketAddress address) throws PosixException {
    Pointer memory = allocate(SocketAddresses.MAX_BYTES);
    check("connect", LIBC.connect(fd, memory, SocketAddresses.write(address, memory)));
  }

  public void listen(int backlog) throws PosixException {
    check("listen", LIBC.listen(fd, backlog));
  }

  /** Ends listening. The socket stays bound, and connections are refused again. */
  public void stopListening() throws PosixException {
    check("shutdown", LIBC.shutdown(fd, SHUT_RD));
  }

  public InetSocketAddress localAddress() throws PosixException {
    Pointer memory = allocate(SocketAddresses.MAX_BYTES);
    Pointer length = allocate(Integer.BYTES);
    length.putInt(0, SocketAddresses.MAX_BYTES);
    check("getsockname", LIBC.getsockname(fd, memory, length));
    return SocketAddresses.read(memory);
  }

  /**
   * Takes the next datagram into {@code datagram}.
   *
   * @return whether there was one
   * @throws PosixException for what an ICMP error left behind, among others; the next datagram is
   *     still there
   */
  public boolean receive(Datagram datagram) throws PosixException {
    datagram.prepareToReceive();
    long received = LIBC.recvmsg(fd, datagram.header(), 0);
    if (received < 0) {
      int errno = RUNTIME.getLastError();
      if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
        return false;
      }
      throw new PosixException("recvmsg", errno);
    }
    datagram.received((int) received);
    return true;
  }

  /** Sends what {@code datagram} holds, on a connected socket. */
  public void send(Datagram datagram) throws PosixException {
    datagram.prepareToSend();
    sendPrepared(datagram);
  }

  /** Sends what {@code datagram} holds back to where {@code path} came from. */
  public void reply(Datagram datagram, ReplyPath path) throws PosixException {
    datagram.prepareToReply(path);
    sendPrepared(datagram);
  }

  private void sendPrepared(Datagram datagram) throws PosixException {
    if (LIBC.sendmsg(fd, datagram.header(), 0) < 0) {
      throw new PosixException("sendmsg", RUNTIME.getLastError());
    }
  }

  @Override
  public void close() throws IOException {
    check("close", LIBC.close(fd));
  }

  private int option(int name) throws PosixException {
    Pointer value = allocate(Integer.BYTES);
    Pointer length = allocate(Integer.BYTES);
    length.putInt(0, Integer.BYTES);
    check("getsockopt", LIBC.getsockopt(fd, SOL_SOCKET, name, value, length));
    return value.getInt(0);
  }

  private void setOption(int level, int name, boolean on) throws PosixException {
    Pointer value = allocate(Integer.BYTES);
    value.putInt(0, on ? 1 : 0);
    check("setsockopt", LIBC.setsockopt(fd, level, name, value, Integer.BYTES));
  }

  static Pointer allocate(int bytes) {
    return Memory.allocateDirect(RUNTIME, bytes, true);
  }

  private static int check(String call, int result) throws PosixException {
    if (result < 0) {
      throw new PosixException(call, RUNTIME.getLastError());
    }
    return result;
  }
}
