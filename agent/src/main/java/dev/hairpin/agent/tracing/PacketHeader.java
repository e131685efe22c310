package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a packet says of itself.
 *
 * @param protocol the number in its IP header, 0-255; of IPv6 that may be an extension's
 * @param length of the whole packet in bytes, IP header included
 * @param ttl hops that it may yet go, 0-255
 */
public record PacketHeader(
    IpAddress source, IpAddress destination, int protocol, int length, int ttl, Content content) {
  public PacketHeader {
    requireNonNull(source, "source");
    requireNonNull(destination, "destination");
    requireNonNull(content, "content");
  }

  /** What comes after the IP header. */
  public sealed interface Content {
    /**
     * A transport protocol's.
     *
     * @param sourcePort 0-65535
     * @param destinationPort 0-65535
     * @param flags TCP's; none for another protocol
     */
    record Segment(Protocol protocol, int sourcePort, int destinationPort, Set<TcpFlag> flags)
        implements Content {
      public Segment {
        requireNonNull(protocol, "protocol");
        flags = Set.copyOf(flags);
      }
    }

    /**
     * A message of ICMP or ICMPv6, whichever the addresses are of.
     *
     * @param type 0-255; 8 is ICMP's echo request, 128 ICMPv6's
     * @param code 0-255
     */
    record Icmp(int type, int code) implements Content {}

    /**
     * Something that isn't known here: another protocol, a fragment that is not the first, what
     * follows an extension of IPv6, or what the kernel didn't tell.
     */
    record Unknown() implements Content {}
  }

  /** A flag of TCP's header (RFC 9293, section 3.1). */
  public enum TcpFlag {
    FIN(0x01),
    SYN(0x02),
    RST(0x04),
    PSH(0x08),
    ACK(0x10),
    URG(0x20),
    ECE(0x40),
    CWR(0x80);

    private final int bit;

    TcpFlag(int bit) {
      this.bit = bit;
    }

    static Set<TcpFlag> in(int bits) {
      Set<TcpFlag> flags = EnumSet.noneOf(TcpFlag.class);
      for (TcpFlag flag : values()) {
        if ((bits & flag.bit) != 0) {
          flags.add(flag);
        }
      }
      return flags;
    }
  }
}
