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
  private static final int SHUT_WR = 1;
  private static final int MSG_NOSIGNAL = 0x4000;

  private static final int SOL_IP = 0;
  private static final int SOL_SOCKET = 1;
  private static final int SOL_IPV6 = 41;
  static final int SOL_UDP = 17;
  static final int UDP_SEGMENT = 103;
  static final int UDP_GRO = 104;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_ERROR = 4;
  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;
  private static final int SO_KEEPALIVE = 9;
  private static final int SO_LINGER = 13;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SO_PROTOCOL = 38;
  private static final int SO_DOMAIN = 39;
  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_UDP = 17;
  private static final int TCP_NODELAY = 1;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;

  /** Go's net package sets both for every connection, and so docker-proxy has them. */
  private static final int KEEPALIVE_SECONDS = 15;

  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int FILTER_PROGRAM_BYTES = 16;
  private static final int FILTER_BYTES = 8;
  private static final short BPF_RETURN_CONSTANT = 0x06;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int IP_PKTINFO = 8;
  private static final int IPV6_V6ONLY = 26;
  private static final int IPV6_RECVPKTINFO = 49;

  /** What a transfer returns for EAGAIN: nothing can be moved until epoll says so. */
  public static final int NOT_NOW = -1;

  /** For the arguments of one call: those of every connection would keep the allocator busy. */
  private static final ThreadLocal<Pointer> ARGUMENTS =
      ThreadLocal.withInitial(() -> allocate(SocketAddresses.MAX_BYTES));

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

  /** Has datagrams that come joined stay so, where the kernel can do that (Linux 5.0). */
  public void takeJoined() throws PosixException {
    try {
      setOption(SOL_UDP, UDP_GRO, true);
    } catch (PosixException e) {
      if (e.errno() != Errno.ENOPROTOOPT) {
        throw e;
      }
    }
  }

  /** Whether the kernel can cut a message into datagrams (Linux 4.18). */
  public boolean canSegment() {
    return LIBC.setsockopt(fd, SOL_UDP, UDP_SEGMENT, allocate(Integer.BYTES), Integer.BYTES) == 0;
  }

  /**
   * Has the kernel keep this many bytes for the program and for the network, or more if it does
   * already. Beyond the system's limits (net.core.rmem_max, wmem_max) only with CAP_NET_ADMIN, else
   * up to them.
   */
  public void keepAtLeast(int bytes) throws PosixException {
    keepAtLeast(bytes, SO_RCVBUF, SO_RCVBUFFORCE);
    keepAtLeast(bytes, SO_SNDBUF, SO_SNDBUFFORCE);
  }

  private void keepAtLeast(int bytes, int limited, int privileged) throws PosixException {
    if (option(limited) >= bytes) {
      return;
    }
    Pointer value = allocate(Integer.BYTES);
    value.putInt(0, bytes);
    if (LIBC.setsockopt(fd, SOL_SOCKET, privileged, value, Integer.BYTES) < 0) {
      check("setsockopt", LIBC.setsockopt(fd, SOL_SOCKET, limited, value, Integer.BYTES));
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

  /**
   * The next connection from the backlog, as a socket that never blocks.
   *
   * @param peer is told who it is from
   * @return null if nobody waits
   */
  public PosixSocket accept(PeerAddress peer) throws PosixException {
    int accepted = LIBC.accept4(fd, peer.memory(), peer.prepared(), SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      return new PosixSocket(accepted);
    }
    int errno = RUNTIME.getLastError();
    if (errno == Errno.EAGAIN) {
      return null;
    }
    throw new PosixException("accept", errno);
  }

  /** Sends SYN. The socket is writable once that is answered, and {@link #failure} says how. */
  public void beginConnect(InetSocketAddress address) throws PosixException {
    Pointer memory = ARGUMENTS.get();
    if (LIBC.connect(fd, memory, SocketAddresses.write(address, memory)) < 0) {
      int errno = RUNTIME.getLastError();
      if (errno != Errno.EINPROGRESS) {
        throw new PosixException("connect", errno);
      }
    }
  }

  /** What has gone wrong since the last time that anything told of it; 0 for nothing. */
  public int failure() throws PosixException {
    return option(SO_ERROR);
  }

  /**
   * Sends small pieces at once, and asks a peer that is silent every 15 s whether it is still
   * there. What a listening socket accepts has it as well (tcp(7) leaves that unsaid; Linux copies
   * the socket).
   */
  public void sendAtOnceAndKeepAlive() throws PosixException {
    setOption(IPPROTO_TCP, TCP_NODELAY, 1);
    setOption(SOL_SOCKET, SO_KEEPALIVE, 1);
    setOption(IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_SECONDS);
    setOption(IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_SECONDS);
  }

  /**
   * Takes bytes that have arrived.
   *
   * @return how many; 0 at the end of the stream, {@link #NOT_NOW} if none has come yet
   */
  public int read(NativeBuffer buffer) throws PosixException {
    return moved("recv", LIBC.recv(fd, buffer.address(), buffer.size(), 0));
  }

  /**
   * Sends bytes of a buffer.
   *
   * @return how many, at least 1, or {@link #NOT_NOW} if the peer takes none yet
   */
  public int write(NativeBuffer buffer, int offset, int length) throws PosixException {
    return moved("send", LIBC.send(fd, buffer.address() + offset, length, MSG_NOSIGNAL));
  }

  /** Sends FIN after what was written. */
  public void endOutput() throws PosixException {
    check("shutdown", LIBC.shutdown(fd, SHUT_WR));
  }

  /** Has {@link #close} send RST instead of FIN, and drop what is unsent. */
  public void resetOnClose() throws PosixException {
    Pointer linger = ARGUMENTS.get();
    linger.putInt(0, 1);
    linger.putInt(Integer.BYTES, 0);
    check("setsockopt", LIBC.setsockopt(fd, SOL_SOCKET, SO_LINGER, linger, 2 * Integer.BYTES));
  }

  /** A call on a socket that doesn't block is never interrupted, so EINTR isn't looked for. */
  static int moved(String call, long result) throws PosixException {
    if (result >= 0) {
      return (int) result;
    }
    int errno = RUNTIME.getLastError();
    if (errno == Errno.EAGAIN) {
      return NOT_NOW;
    }
    throw new PosixException(call, errno);
  }

  public InetSocketAddress localAddress() throws PosixException {
    Pointer memory = allocate(SocketAddresses.MAX_BYTES);
    Pointer length = allocate(Integer.BYTES);
    length.putInt(0, SocketAddresses.MAX_BYTES);
    check("getsockname", LIBC.getsockname(fd, memory, length));
    return SocketAddresses.read(memory);
  }

  /**
   * Takes as many datagrams as there are and {@code batch} has room for.
   *
   * @return how many messages; 0 if there was nothing to take
   * @throws PosixException for what an ICMP error left behind, among others; the next datagram is
   *     still there
   */
  public int receive(DatagramBatch batch) throws PosixException {
    Pointer headers = batch.prepareToReceive();
    int received = LIBC.recvmmsg(fd, headers, DatagramBatch.MESSAGES, MSG_DONTWAIT, null);
    if (received < 0) {
      int errno = RUNTIME.getLastError();
      if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
        return 0;
      }
      throw new PosixException("recvmmsg", errno);
    }
    batch.received(received);
    return received;
  }

  /**
   * Sends the messages of {@code outgoing} from {@code first} on.
   *
   * @return how many went; at least one
   * @throws PosixException if the first of them didn't
   */
  public int send(Outgoing outgoing, int first) throws PosixException {
    outgoing.prepareToSend(first);
    int messages = outgoing.count() - first;
    return check(
        "sendmmsg", LIBC.sendmmsg(fd, outgoing.headersFrom(first), messages, MSG_DONTWAIT));
  }

  @Override
  public void close() throws IOException {
    check("close", LIBC.close(fd));
  }

  private int option(int name) throws PosixException {
    Pointer value = ARGUMENTS.get();
    Pointer length = value.slice(Integer.BYTES);
    length.putInt(0, Integer.BYTES);
    check("getsockopt", LIBC.getsockopt(fd, SOL_SOCKET, name, value, length));
    return value.getInt(0);
  }

  private void setOption(int level, int name, boolean on) throws PosixException {
    setOption(level, name, on ? 1 : 0);
  }

  private void setOption(int level, int name, int number) throws PosixException {
    Pointer value = ARGUMENTS.get();
    value.putInt(0, number);
    check("setsockopt", LIBC.setsockopt(fd, level, name, value, Integer.BYTES));
  }

  static Pointer allocate(int bytes) {
    return Memory.allocateDirect(RUNTIME, bytes, true);
  }

  /** Memory whose pages cost nothing until they are written to. */
  static Pointer allocateUntouched(int bytes) {
    return Memory.allocateDirect(RUNTIME, bytes, false);
  }

  static int check(String call, int result) throws PosixException {
    if (result < 0) {
      throw new PosixException(call, RUNTIME.getLastError());
    }
    return result;
  }
}
