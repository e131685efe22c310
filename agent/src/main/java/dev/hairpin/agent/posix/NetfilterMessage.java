package dev.hairpin.agent.posix;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A message of the kernel's netfilter (linux/netlink.h and nfnetlink.h).
 *
 * @param type the subsystem times 256, and its message
 * @param port of the netlink socket of whoever caused it; 0 for the kernel
 * @param family whose table it is about (NFPROTO_*, linux/netfilter.h)
 */
public record NetfilterMessage(int type, long port, int family, Attributes attributes) {
  /** The subsystem that nftables is: NFNL_SUBSYS_NFTABLES. */
  public static final int NFTABLES = 10 << Byte.SIZE;

  /** The subsystem that hands out packets which rules have logged: NFNL_SUBSYS_ULOG. */
  public static final int LOGS = 4 << Byte.SIZE;

  /** struct nlmsghdr: length, type, flags, sequence, port. */
  private static final int HEADER_BYTES = 16;

  private static final int TYPE = 4;
  private static final int PORT = 12;

  /** struct nfgenmsg: family, version, resource. */
  private static final int FAMILY_BYTES = 4;

  private static final int ALIGNMENT = 4;

  public NetfilterMessage {
    requireNonNull(attributes, "attributes");
  }

  /**
   * What a message is made of.
   *
   * @param values by the attributes' types
   * @param areWhole whether all of them could be read: a message may have been cut off
   */
  public record Attributes(Map<Integer, ByteBuffer> values, boolean areWhole) {
    /** struct nlattr: length and type, of whose bits two are flags. */
    private static final int HEADER_BYTES = 4;

    private static final int TYPE = 0x3fff;

    public Attributes {
      values = Map.copyOf(values);
    }

    /** Reads them, as far as they fit together. An attribute's value may hold attributes again. */
    public static Attributes in(ByteBuffer bytes) {
      ByteBuffer rest = bytes.slice().order(ByteOrder.nativeOrder());
      Map<Integer, ByteBuffer> values = new LinkedHashMap<>();
      int at = 0;
      while (at + HEADER_BYTES <= rest.limit()) {
        int length = Short.toUnsignedInt(rest.getShort(at));
        if (length < HEADER_BYTES || length > rest.limit() - at) {
          return new Attributes(values, false);
        }
        values.put(
            rest.getShort(at + Short.BYTES) & TYPE,
            rest.slice(at + HEADER_BYTES, length - HEADER_BYTES));
        at += aligned(length);
      }
      return new Attributes(values, at >= rest.limit());
    }

    public Optional<ByteBuffer> value(int type) {
      return Optional.ofNullable(values.get(type)).map(ByteBuffer::slice);
    }

    /** A number of 32 bits, in the order of the network as nftables writes it. */
    public Optional<Integer> number(int type) {
      return value(type)
          .filter(value -> value.remaining() == Integer.BYTES)
          .map(value -> value.getInt(0));
    }

    /** A number of 64 bits, in the order of the network. */
    public Optional<Long> longNumber(int type) {
      return value(type)
          .filter(value -> value.remaining() == Long.BYTES)
          .map(value -> value.getLong(0));
    }
  }

  /**
   * Reads those of a datagram.
   *
   * @param datagram one or more messages, from its position to its limit; what doesn't fit together
   *     is passed over
   */
  public static List<NetfilterMessage> in(ByteBuffer datagram) {
    ByteBuffer rest = datagram.slice().order(ByteOrder.nativeOrder());
    List<NetfilterMessage> messages = new ArrayList<>();
    while (rest.remaining() >= HEADER_BYTES) {
      int start = rest.position();
      int length = rest.getInt(start);
      if (length < HEADER_BYTES || length > rest.remaining()) {
        return messages;
      }
      if (length >= HEADER_BYTES + FAMILY_BYTES) {
        messages.add(message(rest.slice(start, length).order(ByteOrder.nativeOrder())));
      }
      rest.position(Math.min(aligned(start + length), rest.limit()));
    }
    return messages;
  }

  private static NetfilterMessage message(ByteBuffer bytes) {
    int attributes = HEADER_BYTES + FAMILY_BYTES;
    return new NetfilterMessage(
        Short.toUnsignedInt(bytes.getShort(TYPE)),
        Integer.toUnsignedLong(bytes.getInt(PORT)),
        Byte.toUnsignedInt(bytes.get(HEADER_BYTES)),
        Attributes.in(bytes.slice(attributes, bytes.limit() - attributes)));
  }

  private static int aligned(int length) {
    return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
