package dev.hairpin.agent.cli;

import dev.hairpin.rules.layouts.LayoutName;
import java.util.Optional;

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
    return layout.nftTables().isEmpty() ? IPTABLES : NFT;
  }

  /** Why there is nothing to print of a layout's rules in these words; empty if there may be. */
  Optional<String> lackIn(LayoutName layout) {
    boolean isOfNft = !layout.nftTables().isEmpty();
    return switch (this) {
      case IPTABLES, IP6TABLES ->
          isOfNft
              ? Optional.of("layout " + layout + " has no iptables rules; use --format nft")
              : Optional.empty();
      case NFT ->
          isOfNft
              ? Optional.empty()
              : Optional.of("layout " + layout + " has no nftables rules; use --format iptables");
      case JSON -> Optional.empty();
    };
  }
}
