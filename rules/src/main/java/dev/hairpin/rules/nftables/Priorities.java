package dev.hairpin.rules.nftables;

import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.NftChain;
import java.util.LinkedHashMap;
import java.util.Map;

/** The names of priorities, as nft 1.1 prints them (rule.c, prio2str). */
final class Priorities {
  /** How far from a name a priority may be to be printed as its neighbour. */
  private static final int REACH = 10;

  private static final int MANGLE = -150;
  private static final int SECURITY = 50;

  private Priorities() {}

  /** {@code filter}, {@code raw - 5}, or a number. */
  static String text(Hook hook, int priority) {
    for (Map.Entry<String, Integer> named : named(hook).entrySet()) {
      int offset = priority - named.getValue();
      if (offset == 0) {
        return named.getKey();
      }
      if (Math.abs(offset) <= REACH) {
        return named.getKey() + (offset < 0 ? " - " : " + ") + Math.abs(offset);
      }
    }
    return Integer.toString(priority);
  }

  private static Map<String, Integer> named(Hook hook) {
    Map<String, Integer> named = new LinkedHashMap<>();
    named.put("raw", NftChain.Base.RAW);
    named.put("mangle", MANGLE);
    switch (hook) {
      case PREROUTING, OUTPUT -> named.put("dstnat", NftChain.Base.DSTNAT);
      case POSTROUTING -> named.put("srcnat", NftChain.Base.SRCNAT);
      case INPUT, FORWARD -> {}
    }
    named.put("filter", NftChain.Base.FILTER);
    named.put("security", SECURITY);
    return named;
  }
}
