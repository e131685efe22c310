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

  record NotUnderstood() implements Extension {}

  /** Those of iptables, as {@code -j NAME ...}, and of nftables, as {@code name {...}}. */
  Set<String> WITHOUT_EFFECT =
      Set.of("LOG", "NFLOG", "ULOG", "TRACE", "AUDIT", "CHECKSUM", "log", "counter");

  Set<String> REJECTING = Set.of("REJECT", "reject");

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
