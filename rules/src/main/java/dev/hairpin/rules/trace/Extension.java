package dev.hairpin.rules.trace;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a rule does, or asks, that has no word of its own in this model, as far as we know it. */
sealed interface Extension {
  record WithoutEffect() implements Extension {}

  record Reject() implements Extension {}

  /** Changes the bits of the packet's mark that the mask has. */
  record SetMark(int value, int mask) implements Extension {
    int appliedTo(int mark) {
      return (mark & ~mask) ^ value;
    }
  }

  /** Goes through a chain, and does not come back to this one. */
  record Goto(String chain) implements Extension {}

  record NotUnderstood() implements Extension {}

  /**
   * After which the packet goes on as before, as far as rules can see: those of iptables, as {@code
   * -j NAME ...} (iptables-extensions(8)), and of nftables, as {@code name {...}}. What they write
   * into the packet is nothing that decides where it goes.
   */
  Set<String> WITHOUT_EFFECT =
      Set.of(
          "AUDIT",
          "CHECKSUM",
          "CLASSIFY",
          "CONNSECMARK",
          "DSCP",
          "ECN",
          "IDLETIMER",
          "LED",
          "LOG",
          "NFLOG",
          "RATEEST",
          "SECMARK",
          "TCPMSS",
          "TCPOPTSTRIP",
          "TOS",
          "TRACE",
          "ULOG",
          "counter",
          "log");

  Set<String> REJECTING = Set.of("REJECT", "reject");

  Pattern GOTO = Pattern.compile("-g (?<chain>\\S+)|goto \\{\"target\":\"(?<nft>[^\"]+)\"}");
  Pattern NAME = Pattern.compile("(?:-j )?(\\w+)(?: .*)?");
  Pattern SET_MARK =
      Pattern.compile("-j MARK --set-xmark 0x(\\p{XDigit}{1,8})/0x(\\p{XDigit}{1,8})");
  Pattern SET_NFT_MARK =
      Pattern.compile("mangle \\{\"key\":\\{\"meta\":\\{\"key\":\"mark\"}},\"value\":(\\d{1,10})}");

  /** Reads a statement that was kept verbatim. */
  static Extension of(String text) {
    Matcher start = NAME.matcher(text);
    String name = start.matches() ? start.group(1) : "";
    if (text.isEmpty() || WITHOUT_EFFECT.contains(name)) {
      return new WithoutEffect();
    }
    if (REJECTING.contains(name)) {
      return new Reject();
    }
    Matcher jump = GOTO.matcher(text);
    if (jump.matches()) {
      return new Goto(jump.group("chain") == null ? jump.group("nft") : jump.group("chain"));
    }
    Matcher mark = SET_MARK.matcher(text);
    if (mark.matches()) {
      return new SetMark(
          Integer.parseUnsignedInt(mark.group(1), 16), Integer.parseUnsignedInt(mark.group(2), 16));
    }
    Matcher nftMark = SET_NFT_MARK.matcher(text);
    return nftMark.matches()
        ? new SetMark(Integer.parseUnsignedInt(nftMark.group(1)), -1)
        : new NotUnderstood();
  }
}
