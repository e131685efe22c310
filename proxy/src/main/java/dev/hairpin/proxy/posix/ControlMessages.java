package dev.hairpin.proxy.posix;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;
import jnr.ffi.Pointer;

/**
 * What comes with a datagram besides its payload: {@code struct cmsghdr} (cmsg(3)) with {@code
 * in_pktinfo} (ip(7)), {@code in6_pktinfo} (RFC 3542), the size of segments (udp(7)), or {@code
 * sctp_rcvinfo} and {@code sctp_sndinfo} (RFC 6458).
 */
final class ControlMessages {
  /** For whatever the kernel sends along, also on a socket that another program has set up. */
  static final int ROOM = 128;

  private static final int LEVEL = 8;
  private static final int TYPE = 12;
  private static final int DATA = 16;

  private static final int SOL_IP = 0;
  private static final int IP_PKTINFO = 8;
  private static final int IPV4_INFO_BYTES = 12;
  private static final int IPV4_SPEC_DST = DATA + 4;

  private static final int SOL_IPV6 = 41;
  private static final int IPV6_PKTINFO = 50;
  private static final int IPV6_INFO_BYTES = 20;
  private static final int IPV6_INTERFACE = DATA + 16;

  private static final int SOL_SCTP = 132;
  private static final int SCTP_SNDINFO = 2;
  private static final int SEND_INFO_BYTES = 16;
  private static final int SEND_FLAGS = DATA + 2;
  private static final int SEND_PROTOCOL = DATA + 4;
  private static final int SCTP_RCVINFO = 3;
  private static final int RECEIVE_FLAGS = DATA + 4;
  private static final int RECEIVE_PROTOCOL = DATA + 8;
  private static final int SCTP_UNORDERED = 1;

  private final Pointer memory;
  private int length;

  ControlMessages(Pointer memory, int length) {
    this.memory = memory;
    this.length = length;
  }

  int length() {
    return length;
  }

  /**
   * For IPv4 the address that routing chose as local ({@code ipi_spec_dst}): the destination
   * itself, or for a broadcast one that answers may leave from.
   */
  Optional<InetAddress> localAddress() {
    int ipv4 = find(SOL_IP, IP_PKTINFO);
    if (ipv4 >= 0) {
      return Optional.of(SocketAddresses.inet4(memory, ipv4 + IPV4_SPEC_DST));
    }
    int ipv6 = find(SOL_IPV6, IPV6_PKTINFO);
    if (ipv6 < 0) {
      return Optional.empty();
    }
    InetAddress destination = SocketAddresses.inet6(memory, ipv6 + DATA, 0);
    return destination.isMulticastAddress() ? Optional.empty() : Optional.of(destination);
  }

  /** The index of the interface that a link-local address belongs to, 0 for others. */
  int interfaceOf(Optional<InetAddress> local) {
    int ipv6 = find(SOL_IPV6, IPV6_PKTINFO);
    boolean needed = ipv6 >= 0 && local.map(InetAddress::isLinkLocalAddress).orElse(false);
    return needed ? memory.getInt(ipv6 + IPV6_INTERFACE) : 0;
  }

  /** How long each of the datagrams is that the kernel has joined, but the last; 0 if it hasn't. */
  int joinedSegments() {
    int joined = find(UdpSocket.SOL_UDP, UdpSocket.UDP_GRO);
    return joined < 0 ? 0 : memory.getInt(joined + DATA);
  }

  /** Has the datagram leave from this address. */
  void leaveFrom(InetAddress local, int localInterface) {
    byte[] address = local.getAddress();
    if (local instanceof Inet6Address) {
      int at = append(SOL_IPV6, IPV6_PKTINFO, IPV6_INFO_BYTES);
      memory.put(at + DATA, address, 0, address.length);
      memory.putInt(at + IPV6_INTERFACE, localInterface);
    } else {
      int at = append(SOL_IP, IP_PKTINFO, IPV4_INFO_BYTES);
      memory.setMemory(at + DATA, IPV4_INFO_BYTES, (byte) 0);
      memory.put(at + IPV4_SPEC_DST, address, 0, address.length);
    }
  }

  /** Has the kernel cut the payload into datagrams of this size, the last of what is left. */
  void segment(int bytes) {
    int at = append(UdpSocket.SOL_UDP, UdpSocket.UDP_SEGMENT, Short.BYTES);
    memory.putShort(at + DATA, (short) bytes);
  }

  /** Of an SCTP message that was received. */
  MessageInfo messageInfo() {
    int at = find(SOL_SCTP, SCTP_RCVINFO);
    if (at < 0) {
      throw new IllegalStateException("an SCTP message without SCTP_RCVINFO, which was asked for");
    }
    return new MessageInfo(
        Short.toUnsignedInt(memory.getShort(at + DATA)),
        memory.getInt(at + RECEIVE_PROTOCOL),
        (memory.getShort(at + RECEIVE_FLAGS) & SCTP_UNORDERED) != 0);
  }

  /** Has an SCTP message sent as another was received. */
  void describe(MessageInfo info) {
    int at = append(SOL_SCTP, SCTP_SNDINFO, SEND_INFO_BYTES);
    memory.setMemory(at + DATA, SEND_INFO_BYTES, (byte) 0);
    memory.putShort(at + DATA, (short) info.stream());
    memory.putShort(at + SEND_FLAGS, (short) (info.unordered() ? SCTP_UNORDERED : 0));
    memory.putInt(at + SEND_PROTOCOL, info.payloadProtocol());
  }

  private int append(int level, int type, int dataBytes) {
    int at = length;
    memory.putLong(at, DATA + dataBytes);
    memory.putInt(at + LEVEL, level);
    memory.putInt(at + TYPE, type);
    length = at + aligned(DATA + dataBytes);
    return at;
  }

  private int find(int level, int type) {
    for (int at = 0; at + DATA <= length; at += aligned((int) memory.getLong(at))) {
      if (memory.getInt(at + LEVEL) == level && memory.getInt(at + TYPE) == type) {
        return at;
      }
    }
    return -1;
  }

  private static int aligned(int bytes) {
    return (bytes + 7) / 8 * 8;
  }
}
