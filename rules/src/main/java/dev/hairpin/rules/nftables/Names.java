package dev.hairpin.rules.nftables;

import static java.util.stream.Collectors.joining;

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

  /**
   * An interface's name as the end of a chain's, which can have fewer characters, and no quotes. In
   * place of each of those it can't have is a slash and its number, {@code br/401} for {@code
   * br@1}: no interface's name has a slash, so no two of them become one. dockerd writes the name
   * as it is, has nft refuse it, and makes no such network.
   */
  static String partOfIdentifier(String interfaceName) {
    return interfaceName
        .chars()
        .mapToObj(c ->
            IDENTIFIER.matches((char) c) ? Character.toString(c) : "/" + Integer.toHexString(c))
        .collect(joining());
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
    // Only at the end does an asterisk stand for more than itself.
    boolean isOne =
        !name.endsWith("*")
            && name.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '\\');
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
