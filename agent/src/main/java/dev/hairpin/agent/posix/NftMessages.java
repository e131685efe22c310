package dev.hairpin.agent.posix;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Reads what the kernel tells of changes in nftables (linux/netfilter/nf_tables.h). */
final class NftMessages {
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
    return NetfilterMessage.in(datagram).stream()
        .filter(message -> message.type() == NetfilterMessage.NFTABLES + NFT_MSG_NEWGEN)
        .map(NftMessages::writer)
        .toList();
  }

  private static Optional<RuleWriter> writer(NetfilterMessage message) {
    Optional<String> name = message.attributes().value(NFTA_GEN_PROC_NAME).map(NftMessages::text);
    return message
        .attributes()
        .number(NFTA_GEN_PROC_PID)
        .map(Integer::toUnsignedLong)
        .map(process -> new RuleWriter(name.orElse("a program"), process, message.port()));
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
}
