package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.RUNTIME;
import static dev.hairpin.proxy.posix.Native.check;

import java.net.InetSocketAddress;
import jnr.ffi.Pointer;

/** A socket that listens for connections, or is one end of a connection. */
public abstract sealed class ConnectionSocket extends IpSocket permits TcpSocket, SctpSocket {
  static final int SOCK_STREAM = 1;
  static final int MSG_NOSIGNAL = 0x4000;
  private static final int SHUT_WR = 1;
  private static final int SO_ERROR = 4;
  private static final int SO_LINGER = 13;

  /** What a transfer returns for EAGAIN: nothing can be moved until epoll says so. */
  public static final int NOT_NOW = -1;

  ConnectionSocket(int fd) {
    super(fd);
  }

  /**
   * Sets what connections need to be relayed: at the latest before {@link #listen} or {@link
   * #beginConnect}. What a listening socket accepts has it as well (Linux copies the socket).
   */
  public abstract void prepare() throws PosixException;

  /** For a way that leads out of this host: what its owner chose for all connections. */
  public abstract void useHostsCongestionControl() throws PosixException;

  public final void listen(int backlog) throws PosixException {
    check("listen", LIBC.listen(fd(), backlog));
  }

  /**
   * Asks the peer for a connection. The socket is writable once that is answered, and {@link
   * #failure} says how.
   */
  public final void beginConnect(InetSocketAddress address) throws PosixException {
    Pointer memory = ARGUMENTS.get();
    if (LIBC.connect(fd(), memory, SocketAddresses.write(address, memory)) < 0) {
      int errno = RUNTIME.getLastError();
      if (errno != Errno.EINPROGRESS) {
        throw new PosixException("connect", errno);
      }
    }
  }

  /** What has gone wrong since the last time that anything told of it; 0 for nothing. */
  public final int failure() throws PosixException {
    return option(SO_ERROR);
  }

  /** Tells the peer that what was sent is all. */
  public void endOutput() throws PosixException {
    check("shutdown", LIBC.shutdown(fd(), SHUT_WR));
  }

  /** Has {@link #close} send RST or ABORT, and drop what is unsent. */
  public final void resetOnClose() throws PosixException {
    Pointer linger = ARGUMENTS.get();
    linger.putInt(0, 1);
    linger.putInt(Integer.BYTES, 0);
    check("setsockopt", LIBC.setsockopt(fd(), SOL_SOCKET, SO_LINGER, linger, 2 * Integer.BYTES));
  }

  /** Ends listening. The socket stays bound, and connections are refused again. */
  public abstract void stopListening() throws PosixException;

  /**
   * The next connection from the backlog, as a socket that never blocks.
   *
   * @param peer is told who it is from
   * @return null if nobody waits
   */
  public abstract ConnectionSocket accept(PeerAddress peer) throws PosixException;

  /**
   * A descriptor of the next connection from the backlog, which never blocks; {@link #NOT_NOW} if
   * nobody waits.
   */
  final int acceptDescriptor(PeerAddress peer) throws PosixException {
    int accepted = LIBC.accept4(fd(), peer.memory(), peer.prepared(), SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      return accepted;
    }
    int errno = RUNTIME.getLastError();
    if (errno == Errno.EAGAIN) {
      return NOT_NOW;
    }
    throw new PosixException("accept", errno);
  }
}
