package dev.hairpin.rules.nftables;

import com.google.common.base.CharMatcher;
import dev.hairpin.rules.binding.UserText;

/** Names as nft takes and prints them. */
final class Names {
  private static final CharMatcher LETTER =
      CharMatcher.inRange('a', 'z').or(CharMatcher.inRange('A', 'Z'));

  /** What a name that has no quotes may hold (nftables scanner.l, string). */
  private static final CharMatcher IDENTIFIER =
      LETTER.or(CharMatcher.inRange('0', '9')).or(CharMatcher.anyOf("/-_."));

  /**
   * Longest comment of a rule, in bytes with its final zero (nftables.h,
   * NFTNL_UDATA_COMMENT_MAXLEN).
   */
  private static final int COMMENT_BYTES = 128;

  private Names() {}

  /**
   * The name of a table, a chain or a map.
   *
   * @param what which of them, for the message
   */
  static String identifier(String what, String name) {
    boolean isOne =
        !name.isEmpty()
            && LETTER.or(CharMatcher.is('_')).matches(name.charAt(0))
            && IDENTIFIER.matchesAllOf(name);
    if (!isOne) {
      throw new IllegalArgumentException(
          what + " name " + UserText.quoted(name) + " can't be used in nftables");
    }
    return name;
  }

  /** An interface's name, with {@code *} for the rest of those that a {@code +} ends. */
  static String interfacePattern(String name) {
    return name.endsWith("+")
        ? quotedInterface(name.substring(0, name.length() - 1), "*")
        : quotedInterface(name);
  }

  /** An interface's name that stands for itself only. */
  static String quotedInterface(String name) {
    return quotedInterface(name, "");
  }

  private static String quotedInterface(String name, String end) {
    boolean isOne = name.chars().allMatch(c -> c > ' ' && c < 0x7f && "\"\\*".indexOf(c) < 0);
    if (name.isEmpty() || !isOne) {
      throw new IllegalArgumentException(
          "interface name " + UserText.quoted(name) + " can't be used in a rule");
    }
    return "\"" + name + end + "\"";
  }

  static String quotedComment(String text) {
    boolean isOne = text.chars().allMatch(c -> c >= ' ' && c < 0x7f && c != '"');
    if (!isOne || text.length() >= COMMENT_BYTES) {
      throw new IllegalArgumentException(
          "comment " + UserText.quoted(text) + " can't be used in nftables");
    }
    return "\"" + text + "\"";
  }
}
