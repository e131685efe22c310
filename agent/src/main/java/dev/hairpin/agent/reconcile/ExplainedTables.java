package dev.hairpin.agent.reconcile;

import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Gives rules that were read from the kernel what ours among them are for. Pure.
 *
 * @param owned what we wrote, by which ours are recognised
 * @param reasons the same with what it is for
 */
record ExplainedTables(Ruleset owned, Ruleset reasons) {
  Tables of(Tables observed) {
    return new Tables(
        observed.family(),
        observed.chains().stream().map(this::explained).toList(),
        observed.nftTables().stream().map(this::explained).toList());
  }

  private Chain explained(Chain chain) {
    Map<Rule, Rule> ours = ours(ourRules(chain.table(), chain.name()));
    return new Chain(chain.table(), chain.name(), chain.policy(), explained(chain.rules(), ours));
  }

  private Stream<Rule> ourRules(Table table, String chain) {
    return Stream.concat(
        reasons.chains().stream()
            .filter(ours -> ours.table() == table && ours.name().equals(chain))
            .flatMap(ours -> ours.rules().stream()),
        reasons.hook(table, chain).stream().flatMap(HookRules::rules));
  }

  private NftTable explained(NftTable table) {
    return owned.nftTables().stream().anyMatch(ours -> ours.name().equals(table.name()))
        ? reasons.nftTables().stream()
            .filter(ours -> ours.name().equals(table.name()))
            .findFirst()
            .map(ours -> explained(table, ours))
            .orElse(table)
        : table;
  }

  private static NftTable explained(NftTable table, NftTable ours) {
    return new NftTable(
        table.family(),
        table.inet(),
        table.name(),
        table.flags(),
        table.maps(),
        table.portSets().stream().map(set -> explained(set, ours)).toList(),
        table.chains().stream().map(chain -> explained(chain, ours)).toList(),
        table.others());
  }

  private static PortSet explained(PortSet set, NftTable ours) {
    Map<PortSet.Element, PortSet.Element> known = new HashMap<>();
    ours.portSet(set.name()).stream()
        .flatMap(other -> other.elements().stream())
        .forEach(element -> known.put(element, element));
    return new PortSet(
        set.name(),
        set.type(),
        set.elements().stream().map(element -> known.getOrDefault(element, element)).toList());
  }

  private static NftChain explained(NftChain chain, NftTable ours) {
    return new NftChain(
        chain.name(),
        chain.base(),
        explained(
            chain.rules(),
            ours(ours.chain(chain.name()).stream().flatMap(other -> other.rules().stream()))));
  }

  private static List<Rule> explained(List<Rule> rules, Map<Rule, Rule> ours) {
    return rules.stream().map(rule -> ours.getOrDefault(rule, rule)).toList();
  }

  /** A rule and the one that is equal but for its reason. */
  private static Map<Rule, Rule> ours(Stream<Rule> rules) {
    Map<Rule, Rule> known = new HashMap<>();
    rules.forEach(rule -> known.putIfAbsent(rule, rule));
    return known;
  }
}
