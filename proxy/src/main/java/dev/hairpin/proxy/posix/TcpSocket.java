package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.check;
import static dev.hairpin.proxy.posix.Native.moved;
import static dev.hairpin.proxy.posix.SocketAddresses.AF_INET;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;

/** A TCP socket. */
public final class TcpSocket extends ConnectionSocket {
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int TCP_CONGESTION = 13;

  /** The most that a name takes, with the zero after it (TCP_CA_NAME_MAX in net/tcp.h). */
  private static final int MAX_CONGESTION_CONTROL_BYTES = 16;

  /** In every kernel, and allowed to everybody (tcp_cong.c). It never paces. */
  private static final String RENO = "reno";

  private static final int SO_KEEPALIVE = 9;
  private static final int SHUT_RD = 0;
  private static final int MSG_MORE = 0x8000;

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

  /**
   * Small pieces go at once, and a peer that is silent is asked every 15 s if it is there.
   *
   * <p>Nothing is paced: most ways are inside this host, where nothing is lost. BBR, which many
   * hosts use for all connections, sets a timer for every few packets, and on such a way that takes
   * more of the processor than the bytes do. It must be chosen before there is a connection, as
   * Linux goes on pacing one that BBR has had.
   */
  @Override
  public void prepare() throws PosixException {
    setOption(IPPROTO_TCP, TCP_NODELAY, 1);
    setOption(SOL_SOCKET, SO_KEEPALIVE, 1);
    setOption(IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_SECONDS);
    setOption(IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_SECONDS);
    useCongestionControl(RENO);
  }

  /** That is what a new socket has. */
  @Override
  public void useHostsCongestionControl() throws PosixException {
    TcpSocket anyOther = TcpSocket.of(open(AF_INET, SOCK_STREAM, IPPROTO_TCP));
    try {
      useCongestionControl(anyOther.congestionControl());
    } finally {
      LIBC.close(anyOther.fd());
    }
  }

  /** The name of how congestion is avoided (tcp(7), TCP_CONGESTION). */
  public String congestionControl() throws PosixException {
    Pointer name = ARGUMENTS.get();
    Pointer length = name.slice(MAX_CONGESTION_CONTROL_BYTES);
    length.putInt(0, MAX_CONGESTION_CONTROL_BYTES);
    check("getsockopt", LIBC.getsockopt(fd(), IPPROTO_TCP, TCP_CONGESTION, name, length));
    return name.getString(0, MAX_CONGESTION_CONTROL_BYTES, StandardCharsets.US_ASCII);
  }

  private void useCongestionControl(String name) throws PosixException {
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    Pointer memory = ARGUMENTS.get();
    memory.put(0, ascii, 0, ascii.length);
    check("setsockopt", LIBC.setsockopt(fd(), IPPROTO_TCP, TCP_CONGESTION, memory, ascii.length));
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

  /**
   * Sends bytes that {@link #endOutput} follows at once, or others: a piece that fills no segment
   * waits for the FIN, and both are one segment (MSG_MORE, send(2); tcp_send_fin in
   * net/ipv4/tcp_output.c).
   *
   * @return as {@link #write} does
   */
  public int writeLast(NativeBuffer buffer, int offset, int length) throws PosixException {
    int flags = MSG_NOSIGNAL | MSG_MORE;
    return moved("send", LIBC.send(fd(), buffer.address() + offset, length, flags));
  }
}
