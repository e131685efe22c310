package dev.hairpin.agent.doctor;

import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Tables of nftables' with a chain that somebody has edited. */
final class EditedChains {
  private EditedChains() {}

  static Tables inFront(Tables tables, String table, String chain, Rule rule) {
    return changed(
        tables,
        table,
        chain,
        rules -> {
          List<Rule> more = new ArrayList<>(rules);
          more.addFirst(rule);
          return more;
        });
  }

  static Tables without(Tables tables, String table, String chain, int index) {
    return changed(
        tables,
        table,
        chain,
        rules -> {
          List<Rule> fewer = new ArrayList<>(rules);
          fewer.remove(index);
          return fewer;
        });
  }

  private static Tables changed(
      Tables tables, String table, String chain, UnaryOperator<List<Rule>> change) {
    return new Tables(
        tables.family(),
        tables.chains(),
        tables.nftTables().stream()
            .map(each -> each.name().equals(table) ? changed(each, chain, change) : each)
            .toList());
  }

  private static NftTable changed(NftTable table, String chain, UnaryOperator<List<Rule>> change) {
    return new NftTable(
        table.family(),
        table.inet(),
        table.name(),
        table.flags(),
        table.maps(),
        table.portSets(),
        table.chains().stream()
            .map(each ->
                each.name().equals(chain)
                    ? new NftChain(chain, each.base(), change.apply(each.rules()))
                    : each)
            .toList(),
        table.others());
  }
}
