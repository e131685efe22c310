package dev.hairpin.agent.posix;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads what nfnetlink tells of nftables (linux/netlink.h, nfnetlink.h and nf_tables.h). What does
 * not fit together is passed over: a message may have been cut off.
 */
final class NftMessages {
  /** struct nlmsghdr: length, type, flags, sequence, port. */
  private static final int HEADER_BYTES = 16;

  private static final int TYPE = 4;
  private static final int PORT = 12;

  /** struct nfgenmsg: family, version, resource. */
  private static final int FAMILY_BYTES = 4;

  /** struct nlattr: length and type, of whose bits two are flags. */
  private static final int ATTRIBUTE_BYTES = 4;

  private static final int ATTRIBUTE_TYPE = 0x3fff;
  private static final int ALIGNMENT = 4;

  private static final int NFNL_SUBSYS_NFTABLES = 10;

  /** Ends each transaction: the ruleset is of a new generation. */
  private static final int NFT_MSG_NEWGEN = 15;

  private static final int NFTA_GEN_PROC_PID = 2;
  private static final int NFTA_GEN_PROC_NAME = 3;

  private NftMessages() {}

  /**
   * The ends of transactions, one after the other.
   *
   * @param datagram one or more messages, from its position to its limit
   * @return who has ended each, where the kernel says so
   */
  static List<Optional<RuleWriter>> transactions(ByteBuffer datagram) {
    ByteBuffer rest = datagram.slice().order(ByteOrder.nativeOrder());
    List<Optional<RuleWriter>> writers = new ArrayList<>();
    while (rest.remaining() >= HEADER_BYTES) {
      int start = rest.position();
      int length = rest.getInt(start);
      if (length < HEADER_BYTES || length > rest.remaining()) {
        return writers;
      }
      if (rest.getShort(start + TYPE) == (NFNL_SUBSYS_NFTABLES << Byte.SIZE | NFT_MSG_NEWGEN)) {
        writers.add(writer(rest.slice(start, length).order(ByteOrder.nativeOrder())));
      }
      rest.position(Math.min(aligned(start + length), rest.limit()));
    }
    return writers;
  }

  private static Optional<RuleWriter> writer(ByteBuffer message) {
    Optional<Long> pid = Optional.empty();
    Optional<String> name = Optional.empty();
    int at = HEADER_BYTES + FAMILY_BYTES;
    while (at + ATTRIBUTE_BYTES <= message.limit()) {
      int length = Short.toUnsignedInt(message.getShort(at));
      if (length < ATTRIBUTE_BYTES || length > message.limit() - at) {
        break;
      }
      ByteBuffer value = message.slice(at + ATTRIBUTE_BYTES, length - ATTRIBUTE_BYTES);
      switch (message.getShort(at + Short.BYTES) & ATTRIBUTE_TYPE) {
        case NFTA_GEN_PROC_PID -> pid = number(value);
        case NFTA_GEN_PROC_NAME -> name = Optional.of(text(value));
        default -> {}
      }
      at += aligned(length);
    }
    long port = Integer.toUnsignedLong(message.getInt(PORT));
    Optional<String> known = name;
    return pid.map(process -> new RuleWriter(known.orElse("a program"), process, port));
  }

  /** Values of nftables' are in the network's order. */
  private static Optional<Long> number(ByteBuffer value) {
    return value.remaining() == Integer.BYTES
        ? Optional.of(Integer.toUnsignedLong(value.order(ByteOrder.BIG_ENDIAN).getInt(0)))
        : Optional.empty();
  }

  /** Whatever a program calls itself, it fits into a line. */
  private static String text(ByteBuffer value) {
    StringBuilder text = new StringBuilder();
    for (char each : US_ASCII.decode(value).toString().toCharArray()) {
      if (each == 0) {
        break;
      }
      text.append(each < ' ' || each > '~' ? '?' : each);
    }
    return text.toString();
  }

  private static int aligned(int length) {
    return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
