package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.trace.Place;

/** A rule as the tool prints it that has it. */
final class RuleLine {
  private RuleLine() {}

  /** {@code iptables -t nat -A DOCKER ...}, or the chain and the rule as nft lists it. */
  static String of(Family family, Place at, Rule rule) {
    return switch (at) {
      case Place.Iptables(var table, String chain) ->
          appended(Remedies.tool(family), table.keyword(), chain, rule);
      case Place.Nftables(String table, String chain) ->
          LegacyTables.of(table)
              .map(legacy ->
                  appended(Remedies.tool(family) + "-legacy", legacy.keyword(), chain, rule))
              .orElseGet(() -> at + ": " + text(at, rule));
      case Place.Bridge bridge -> at + ": " + text(at, rule);
      case Place.Legacy legacy -> at + ": " + text(at, rule);
    };
  }

  private static String appended(String tool, String table, String chain, Rule rule) {
    return tool + " -t " + table + " -A " + chain + " " + IptablesText.line(rule);
  }

  /** The rule alone. */
  static String text(Place at, Rule rule) {
    return switch (at) {
      case Place.Iptables iptables -> IptablesText.line(rule);
      case Place.Legacy legacy -> IptablesText.line(rule);
      case Place.Nftables(String table, var chain) ->
          LegacyTables.of(table).isPresent() ? IptablesText.line(rule) : NftText.line(rule);
      case Place.Bridge bridge -> NftText.line(rule);
    };
  }
}
