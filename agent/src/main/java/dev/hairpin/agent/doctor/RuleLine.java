package dev.hairpin.agent.doctor;

import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.trace.Place;

/** A rule as the tool prints it that has it. */
final class RuleLine {
  private RuleLine() {}

  /**
   * {@code iptables -t nat -A DOCKER ...} or {@code nft add rule inet filter forward ...}.
   *
   * @param tables that the rule is in
   */
  static String of(Tables tables, Place at, Rule rule) {
    String tool = Remedies.tool(tables.family());
    return switch (at) {
      case Place.Iptables(var table, String chain) -> appended(tool, table.keyword(), chain, rule);
      case Place.Nftables(String table, String chain) ->
          LegacyTables.of(table)
              .map(legacy -> appended(tool + "-legacy", legacy.keyword(), chain, rule))
              .orElseGet(() ->
                  String.join(
                      " ", "nft add rule", family(tables, table), at.toString(), text(at, rule)));
      case Place.Bridge bridge -> at + ": " + text(at, rule);
      case Place.Legacy legacy -> at + ": " + text(at, rule);
    };
  }

  /** {@code inet} is a family of its own. */
  static String family(Tables tables, String table) {
    return tables.nftTable(table).map(NftTable::familyKeyword).orElse(tables.family().keyword());
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
