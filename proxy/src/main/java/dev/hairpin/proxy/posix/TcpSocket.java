package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.check;
import static dev.hairpin.proxy.posix.Native.moved;

import java.net.InetSocketAddress;

/** A TCP socket. */
public final class TcpSocket extends ConnectionSocket {
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int SO_KEEPALIVE = 9;
  private static final int SHUT_RD = 0;

  /** Go's net package sets both for every connection, and so docker-proxy has them. */
  private static final int KEEPALIVE_SECONDS = 15;

  private TcpSocket(int fd) {
    super(fd);
  }

  /** A non-blocking one of exactly the address's family. */
  public static TcpSocket open(InetSocketAddress like) throws PosixException {
    return new TcpSocket(open(like, SOCK_STREAM, IPPROTO_TCP));
  }

  /**
   * The socket behind a descriptor that is open already. It is closed once: here, or by the channel
   * that has the descriptor too.
   */
  public static TcpSocket of(int fd) {
    return new TcpSocket(fd);
  }

  @Override
  int protocol() {
    return IPPROTO_TCP;
  }

  @Override
  public void stopListening() throws PosixException {
    check("shutdown", LIBC.shutdown(fd(), SHUT_RD));
  }

  @Override
  public TcpSocket accept(PeerAddress peer) throws PosixException {
    int accepted = acceptDescriptor(peer);
    return accepted == NOT_NOW ? null : new TcpSocket(accepted);
  }

  /** Small pieces go at once, and a peer that is silent is asked every 15 s if it is there. */
  @Override
  public void prepare() throws PosixException {
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
    return moved("recv", LIBC.recv(fd(), buffer.address(), buffer.size(), 0));
  }

  /**
   * Sends bytes of a buffer.
   *
   * @return how many, at least 1, or {@link #NOT_NOW} if the peer takes none yet
   */
  public int write(NativeBuffer buffer, int offset, int length) throws PosixException {
    return moved("send", LIBC.send(fd(), buffer.address() + offset, length, MSG_NOSIGNAL));
  }
}
