package dev.hairpin.rules.layouts;

import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.plan.Plan;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A host's tables, as tests make and compare them. */
public final class HostTables {
  private HostTables() {}

  /** The tables with rules of ours put into them for the first time. */
  public static Tables written(Tables before, Ruleset rules) {
    return Plan.between(before, Ruleset.empty(before.family()), rules).appliedTo(before);
  }

  /** All that a packet could notice, by chain: a table that was opened stays open. */
  public static Map<String, String> content(Tables tables) {
    Map<String, String> content = new TreeMap<>();
    for (Chain chain : tables.chains()) {
      List<String> rules = chain.rules().stream().map(IptablesText::line).toList();
      boolean drops = chain.policy().filter(policy -> policy == Policy.DROP).isPresent();
      if (!rules.isEmpty() || drops || !chain.isBase()) {
        content.put(chain.table() + " " + chain.name(), rules + (drops ? " DROP" : ""));
      }
    }
    // Wherever in the table its maps and chains are listed.
    tables.nftTables().stream()
        .flatMap(table -> NftText.lines(table).stream())
        .filter(line -> !line.object().isEmpty())
        .forEach(line -> content.merge(line.object(), line.text(), (all, one) -> all + one));
    return content;
  }
}
