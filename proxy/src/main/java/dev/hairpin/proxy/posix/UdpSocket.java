package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.RUNTIME;
import static dev.hairpin.proxy.posix.Native.allocate;
import static dev.hairpin.proxy.posix.Native.check;

import java.net.InetSocketAddress;
import jnr.ffi.Pointer;

/** A UDP socket. */
public final class UdpSocket extends IpSocket {
  private static final int SOCK_DGRAM = 2;
  private static final int IPPROTO_UDP = 17;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int IP_PKTINFO = 8;
  private static final int IPV6_RECVPKTINFO = 49;
  static final int SOL_UDP = 17;
  static final int UDP_SEGMENT = 103;
  static final int UDP_GRO = 104;

  private UdpSocket(int fd) {
    super(fd);
  }

  /** A non-blocking one of exactly the address's family. */
  public static UdpSocket open(InetSocketAddress like) throws PosixException {
    return new UdpSocket(open(like, SOCK_DGRAM, IPPROTO_UDP));
  }

  /**
   * The socket behind a descriptor that is open already. It is closed once: here, or by the channel
   * that has the descriptor too.
   */
  public static UdpSocket of(int fd) {
    return new UdpSocket(fd);
  }

  @Override
  int protocol() {
    return IPPROTO_UDP;
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
    return LIBC.setsockopt(fd(), SOL_UDP, UDP_SEGMENT, allocate(Integer.BYTES), Integer.BYTES) == 0;
  }

  /**
   * Has the kernel keep this many bytes for the program and for the network, or more if it does
   * already. Beyond the system's limits (net.core.rmem_max, wmem_max) only with CAP_NET_ADMIN, else
   * up to them.
   */
  public void keepAtLeast(int bytes) throws PosixException {
    keepForProgram(bytes);
    keepForNetwork(bytes);
  }

  public void connect(InetSocketAddress address) throws PosixException {
    Pointer memory = allocate(SocketAddresses.MAX_BYTES);
    check("connect", LIBC.connect(fd(), memory, SocketAddresses.write(address, memory)));
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
    int received = LIBC.recvmmsg(fd(), headers, DatagramBatch.MESSAGES, MSG_DONTWAIT, null);
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
        "sendmmsg", LIBC.sendmmsg(fd(), outgoing.headersFrom(first), messages, MSG_DONTWAIT));
  }
}
