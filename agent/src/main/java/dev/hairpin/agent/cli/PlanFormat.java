package dev.hairpin.agent.cli;

import dev.hairpin.rules.layouts.LayoutName;

/** In whose words {@code hairpin plan} prints. */
enum PlanFormat {
  /** As {@code iptables-save}, without counters and dates. */
  IPTABLES,
  /** As {@code ip6tables-save}, without counters and dates. */
  IP6TABLES,
  /** As {@code nft list ruleset}, with counters that show no numbers. */
  NFT,
  /** One array with the rules of both families. */
  JSON;

  /** The words in which a layout's IPv4 rules are written. */
  static PlanFormat of(LayoutName layout) {
    return layout.keyword().endsWith("-nft") ? NFT : IPTABLES;
  }
}
