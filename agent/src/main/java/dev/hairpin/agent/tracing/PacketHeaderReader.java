package dev.hairpin.agent.tracing;

import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.PacketHeader.TcpFlag;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the beginnings of headers: the kernel tells 40 bytes of a network header and 20 of what
 * follows it at most (nf_tables_trace.c, NFT_TRACETYPE_NETWORK_HSIZE and _TRANSPORT_HSIZE).
 */
final class PacketHeaderReader {
  /** RFC 791, section 3.1. */
  private static final int IPV4_BYTES = 20;

  /** What an IPv4 header counts its own length in. */
  private static final int IPV4_WORD_BYTES = 4;

  private static final int IPV4_LENGTH = 2;
  private static final int IPV4_FRAGMENT = 6;
  private static final int IPV4_FRAGMENT_OFFSET = 0x1fff;
  private static final int IPV4_TTL = 8;
  private static final int IPV4_PROTOCOL = 9;
  private static final int IPV4_SOURCE = 12;
  private static final int IPV4_DESTINATION = 16;

  /** RFC 8200, section 3. */
  private static final int IPV6_BYTES = 40;

  private static final int IPV6_PAYLOAD_LENGTH = 4;
  private static final int IPV6_NEXT_HEADER = 6;
  private static final int IPV6_HOP_LIMIT = 7;
  private static final int IPV6_SOURCE = 8;
  private static final int IPV6_DESTINATION = 24;

  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;
  private static final int ICMP_BYTES = 2;
  private static final int PORTS_BYTES = 4;
  private static final int TCP_FLAGS = 13;

  /** Ethernet: two addresses of 6 bytes, and what the frame carries. */
  private static final int ETHERNET_BYTES = 14;

  /** With a tag of 4 bytes in front of what it carries (IEEE 802.1Q). */
  private static final int TAGGED_BYTES = 18;

  private static final int ETHERTYPE_BYTES = 2;
  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int ETHERTYPE_IPV6 = 0x86dd;

  private PacketHeaderReader() {}

  /**
   * Reads what the kernel tells of one packet.
   *
   * @param hook the family whose hook was called
   * @param link its link-layer header; empty where it has none
   * @param network from its network header on
   * @param transport from its transport header on; empty where the kernel found none
   * @return empty for what is not of the Internet protocols, or cut off
   */
  static Optional<PacketHeader> read(
      AddressFamily hook,
      Optional<ByteBuffer> link,
      ByteBuffer network,
      Optional<ByteBuffer> transport) {
    return family(hook, link)
        .flatMap(family ->
            switch (family) {
              case IPV4 -> ipv4(network, transport);
              case IPV6 -> ipv6(network, transport);
            });
  }

  /**
   * Reads a packet from its network header on.
   *
   * @param family {@link AddressFamily#IP} or {@link AddressFamily#IP6}
   * @return empty for one that is cut off
   */
  static Optional<PacketHeader> read(AddressFamily family, ByteBuffer packet) {
    if (!packet.hasRemaining()) {
      return Optional.empty();
    }
    int bytes = family == AddressFamily.IP6 ? IPV6_BYTES : (packet.get(0) & 0xf) * IPV4_WORD_BYTES;
    return read(
        family,
        Optional.empty(),
        packet,
        packet.remaining() < bytes
            ? Optional.empty()
            : Optional.of(packet.slice(bytes, packet.remaining() - bytes)));
  }

  private static Optional<Family> family(AddressFamily hook, Optional<ByteBuffer> link) {
    return switch (hook) {
      case IP -> Optional.of(Family.IPV4);
      case IP6 -> Optional.of(Family.IPV6);
      case BRIDGE, NETDEV -> link.flatMap(PacketHeaderReader::carriedBy);
      case ARP, INET -> Optional.empty();
    };
  }

  private static Optional<Family> carriedBy(ByteBuffer frame) {
    if (frame.remaining() != ETHERNET_BYTES && frame.remaining() != TAGGED_BYTES) {
      return Optional.empty();
    }
    return switch (Short.toUnsignedInt(frame.getShort(frame.limit() - ETHERTYPE_BYTES))) {
      case ETHERTYPE_IPV4 -> Optional.of(Family.IPV4);
      case ETHERTYPE_IPV6 -> Optional.of(Family.IPV6);
      default -> Optional.empty();
    };
  }

  private static Optional<PacketHeader> ipv4(ByteBuffer header, Optional<ByteBuffer> transport) {
    if (header.remaining() < IPV4_BYTES || header.get(0) >> 4 != 4) {
      return Optional.empty();
    }
    int protocol = Byte.toUnsignedInt(header.get(IPV4_PROTOCOL));
    boolean isFirst = (header.getShort(IPV4_FRAGMENT) & IPV4_FRAGMENT_OFFSET) == 0;
    return Optional.of(
        new PacketHeader(
            address(header, IPV4_SOURCE, 4),
            address(header, IPV4_DESTINATION, 4),
            protocol,
            Short.toUnsignedInt(header.getShort(IPV4_LENGTH)),
            Byte.toUnsignedInt(header.get(IPV4_TTL)),
            content(protocol, ICMP, transport.filter(any -> isFirst))));
  }

  private static Optional<PacketHeader> ipv6(ByteBuffer header, Optional<ByteBuffer> transport) {
    if (header.remaining() < IPV6_BYTES || (header.get(0) >> 4 & 0xf) != 6) {
      return Optional.empty();
    }
    int protocol = Byte.toUnsignedInt(header.get(IPV6_NEXT_HEADER));
    return Optional.of(
        new PacketHeader(
            address(header, IPV6_SOURCE, 16),
            address(header, IPV6_DESTINATION, 16),
            protocol,
            IPV6_BYTES + Short.toUnsignedInt(header.getShort(IPV6_PAYLOAD_LENGTH)),
            Byte.toUnsignedInt(header.get(IPV6_HOP_LIMIT)),
            content(protocol, ICMPV6, transport)));
  }

  private static Content content(int protocol, int icmp, Optional<ByteBuffer> transport) {
    return transport
        .flatMap(bytes -> protocol == icmp ? icmp(bytes) : segment(protocol, bytes))
        .orElseGet(Content.Unknown::new);
  }

  private static Optional<Content> icmp(ByteBuffer bytes) {
    return bytes.remaining() < ICMP_BYTES
        ? Optional.empty()
        : Optional.of(
            new Content.Icmp(Byte.toUnsignedInt(bytes.get(0)), Byte.toUnsignedInt(bytes.get(1))));
  }

  private static Optional<Content> segment(int number, ByteBuffer bytes) {
    for (Protocol protocol : Protocol.values()) {
      if (protocol.number() == number && bytes.remaining() >= neededBytes(protocol)) {
        return Optional.of(
            new Content.Segment(
                protocol,
                Short.toUnsignedInt(bytes.getShort(0)),
                Short.toUnsignedInt(bytes.getShort(Short.BYTES)),
                switch (protocol) {
                  case TCP -> TcpFlag.in(bytes.get(TCP_FLAGS));
                  case UDP, SCTP -> Set.of();
                }));
      }
    }
    return Optional.empty();
  }

  private static int neededBytes(Protocol protocol) {
    return switch (protocol) {
      case TCP -> TCP_FLAGS + 1;
      case UDP, SCTP -> PORTS_BYTES;
    };
  }

  private static IpAddress address(ByteBuffer header, int at, int length) {
    byte[] bytes = new byte[length];
    header.get(at, bytes);
    try {
      return new IpAddress(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new AssertionError(length + " bytes are an address", e);
    }
  }
}
