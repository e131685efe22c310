package dev.hairpin.proxy.posix;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;
import jnr.ffi.Pointer;

/**
 * Room for one datagram and its addresses in native memory, so that what was received is sent on
 * without a copy. For one thread at a time.
 *
 * <p>The layouts are those of 64-bit Linux: {@code struct msghdr}, {@code iovec} (recvmsg(2)),
 * {@code cmsghdr} (cmsg(3)), {@code in_pktinfo} (ip(7)) and {@code in6_pktinfo} (RFC 3542).
 */
public final class Datagram {
  /** Longest payload of a UDP datagram that isn't a jumbogram: 65535 less the UDP header. */
  private static final int PAYLOAD_BYTES = 65527;

  private static final int HEADER_BYTES = 56;
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;

  private static final int CONTROL_BYTES = 64;
  private static final int CMSG_LEVEL = 8;
  private static final int CMSG_TYPE = 12;
  private static final int CMSG_DATA = 16;

  private static final int SOL_IP = 0;
  private static final int IP_PKTINFO = 8;
  private static final int IPV4_INFO_BYTES = 12;
  private static final int IPV4_SPEC_DST = CMSG_DATA + 4;

  private static final int SOL_IPV6 = 41;
  private static final int IPV6_PKTINFO = 50;
  private static final int IPV6_INFO_BYTES = 20;
  private static final int IPV6_INTERFACE = CMSG_DATA + 16;

  private final Pointer header = PosixSocket.allocate(HEADER_BYTES);
  private final Pointer vector = PosixSocket.allocate(16);
  private final Pointer name = PosixSocket.allocate(SocketAddresses.MAX_BYTES);
  private final Pointer control = PosixSocket.allocate(CONTROL_BYTES);
  private final Pointer payload = PosixSocket.allocate(PAYLOAD_BYTES);
  private int length;

  public Datagram() {
    vector.putAddress(0, payload.address());
    header.putAddress(VECTOR, vector.address());
    header.putLong(VECTOR_COUNT, 1);
  }

  /** Bytes of payload; 0 is a datagram, too. */
  public int length() {
    return length;
  }

  /** Where answers to the datagram that was last received go. */
  public ReplyPath replyPath() {
    return new ReplyPath(SocketAddresses.read(name), localAddress(), localInterface());
  }

  Pointer header() {
    return header;
  }

  void prepareToReceive() {
    header.putAddress(NAME, name.address());
    header.putInt(NAME_LENGTH, SocketAddresses.MAX_BYTES);
    header.putAddress(CONTROL, control.address());
    header.putLong(CONTROL_LENGTH, CONTROL_BYTES);
    vector.putLong(8, PAYLOAD_BYTES);
  }

  void received(int bytes) {
    length = bytes;
  }

  void prepareToSend() {
    header.putAddress(NAME, 0L);
    header.putInt(NAME_LENGTH, 0);
    header.putAddress(CONTROL, 0L);
    header.putLong(CONTROL_LENGTH, 0);
    vector.putLong(8, length);
  }

  void prepareToReply(ReplyPath path) {
    prepareToSend();
    header.putAddress(NAME, name.address());
    header.putInt(NAME_LENGTH, SocketAddresses.write(path.client(), name));
    path.local().ifPresent(local -> leaveFrom(local, path.localInterface()));
  }

  private void leaveFrom(InetAddress local, int localInterface) {
    control.setMemory(0, CONTROL_BYTES, (byte) 0);
    byte[] address = local.getAddress();
    if (local instanceof Inet6Address) {
      controlMessage(SOL_IPV6, IPV6_PKTINFO, IPV6_INFO_BYTES);
      control.put(CMSG_DATA, address, 0, address.length);
      control.putInt(IPV6_INTERFACE, localInterface);
    } else {
      controlMessage(SOL_IP, IP_PKTINFO, IPV4_INFO_BYTES);
      control.put(IPV4_SPEC_DST, address, 0, address.length);
    }
  }

  private void controlMessage(int level, int type, int dataBytes) {
    control.putLong(0, CMSG_DATA + dataBytes);
    control.putInt(CMSG_LEVEL, level);
    control.putInt(CMSG_TYPE, type);
    header.putAddress(CONTROL, control.address());
    header.putLong(CONTROL_LENGTH, CMSG_DATA + (dataBytes + 7) / 8 * 8);
  }

  /**
   * For IPv4 the address that routing chose as local ({@code ipi_spec_dst}): the destination
   * itself, or for a broadcast one that answers may leave from.
   */
  private Optional<InetAddress> localAddress() {
    if (isControl(SOL_IP, IP_PKTINFO)) {
      return Optional.of(SocketAddresses.inet4(control, IPV4_SPEC_DST));
    }
    if (!isControl(SOL_IPV6, IPV6_PKTINFO)) {
      return Optional.empty();
    }
    InetAddress destination = SocketAddresses.inet6(control, CMSG_DATA, 0);
    return destination.isMulticastAddress() ? Optional.empty() : Optional.of(destination);
  }

  private int localInterface() {
    boolean linkLocal = localAddress().map(InetAddress::isLinkLocalAddress).orElse(false);
    return linkLocal && isControl(SOL_IPV6, IPV6_PKTINFO) ? control.getInt(IPV6_INTERFACE) : 0;
  }

  /** Only one control message is asked for, so it is the first. */
  private boolean isControl(int level, int type) {
    return header.getLong(CONTROL_LENGTH) >= CMSG_DATA
        && control.getInt(CMSG_LEVEL) == level
        && control.getInt(CMSG_TYPE) == type;
  }
}
