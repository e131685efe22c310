package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.allocate;
import static dev.hairpin.proxy.posix.Native.check;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import jnr.ffi.Pointer;

/**
 * An IP socket by its descriptor. Calls never block; after {@link #close()} they must not be made,
 * as the number may already be another socket's.
 */
public abstract sealed class IpSocket implements Closeable permits UdpSocket, ConnectionSocket {
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOCK_CLOEXEC = 0x80000;

  static final int SOL_IP = 0;
  static final int SOL_SOCKET = 1;
  static final int SOL_IPV6 = 41;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_PROTOCOL = 38;
  private static final int SO_DOMAIN = 39;
  private static final int IPV6_V6ONLY = 26;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int FILTER_PROGRAM_BYTES = 16;
  private static final int FILTER_BYTES = 8;
  private static final short BPF_RETURN_CONSTANT = 0x06;

  /** For the arguments of one call: those of every connection would keep the allocator busy. */
  static final ThreadLocal<Pointer> ARGUMENTS =
      ThreadLocal.withInitial(() -> allocate(SocketAddresses.MAX_BYTES + Integer.BYTES));

  private final int fd;

  IpSocket(int fd) {
    this.fd = fd;
  }

  /** A descriptor of a new socket that never blocks, of exactly the address's family. */
  static int open(InetSocketAddress like, int type, int protocol) throws PosixException {
    return open(SocketAddresses.family(like), type, protocol);
  }

  static int open(int family, int type, int protocol) throws PosixException {
    int flags = type | SOCK_NONBLOCK | SOCK_CLOEXEC;
    return check("socket", LIBC.socket(family, flags, protocol));
  }

  public final int fd() {
    return fd;
  }

  /** The number of its protocol in IP packets (/etc/protocols). */
  abstract int protocol();

  /**
   * Whether the descriptor is what it was taken for: an IPv4 or IPv6 socket of this protocol, and a
   * socket at all.
   */
  public final boolean isGenuine() throws PosixException {
    int family = option(SO_DOMAIN);
    return (family == SocketAddresses.AF_INET || family == SocketAddresses.AF_INET6)
        && option(SO_PROTOCOL) == protocol();
  }

  /** Whether connections can be accepted from it. */
  public final boolean isListening() throws PosixException {
    return option(SO_ACCEPTCONN) != 0;
  }

  /**
   * Has calls on it never block. Whoever shares it, through a duplicate of the descriptor, sees
   * that too.
   */
  public final void neverBlock() throws PosixException {
    int flags = check("fcntl", LIBC.fcntl(fd, F_GETFL, 0));
    check("fcntl", LIBC.fcntl(fd, F_SETFL, flags | SOCK_NONBLOCK));
  }

  /** Keeps an IPv6 socket from taking IPv4 traffic. Before it is bound. */
  public final void onlyIpv6() throws PosixException {
    setOption(SOL_IPV6, IPV6_V6ONLY, true);
  }

  public final void reuseAddress(boolean reuse) throws PosixException {
    setOption(SOL_SOCKET, SO_REUSEADDR, reuse);
  }

  /** Has the kernel drop whatever arrives, before it takes memory (socket(7), SO_ATTACH_FILTER). */
  public final void dropEverything() throws PosixException {
    Pointer program = allocate(FILTER_PROGRAM_BYTES);
    Pointer returnZero = allocate(FILTER_BYTES);
    returnZero.putShort(0, BPF_RETURN_CONSTANT);
    program.putShort(0, (short) 1);
    program.putAddress(Long.BYTES, returnZero.address());
    check(
        "setsockopt",
        LIBC.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, FILTER_PROGRAM_BYTES));
  }

  public final void bind(InetSocketAddress address) throws PosixException {
    Pointer memory = ARGUMENTS.get();
    check("bind", LIBC.bind(fd, memory, SocketAddresses.write(address, memory)));
  }

  public final InetSocketAddress localAddress() throws PosixException {
    Pointer memory = ARGUMENTS.get();
    Pointer length = memory.slice(SocketAddresses.MAX_BYTES);
    length.putInt(0, SocketAddresses.MAX_BYTES);
    check("getsockname", LIBC.getsockname(fd, memory, length));
    return SocketAddresses.read(memory);
  }

  @Override
  public final void close() throws IOException {
    check("close", LIBC.close(fd));
  }

  /** Has the kernel keep so many bytes for the program, as far as its limits allow. */
  final void keepForProgram(int bytes) throws PosixException {
    keepAtLeast(bytes, SO_RCVBUF, SO_RCVBUFFORCE);
  }

  /** Has the kernel keep so many bytes for the network, as far as its limits allow. */
  final void keepForNetwork(int bytes) throws PosixException {
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

  final int option(int name) throws PosixException {
    Pointer value = ARGUMENTS.get();
    Pointer length = value.slice(Integer.BYTES);
    length.putInt(0, Integer.BYTES);
    check("getsockopt", LIBC.getsockopt(fd, SOL_SOCKET, name, value, length));
    return value.getInt(0);
  }

  final void setOption(int level, int name, boolean on) throws PosixException {
    setOption(level, name, on ? 1 : 0);
  }

  final void setOption(int level, int name, int number) throws PosixException {
    Pointer value = ARGUMENTS.get();
    value.putInt(0, number);
    check("setsockopt", LIBC.setsockopt(fd, level, name, value, Integer.BYTES));
  }
}
