package dev.hairpin.agent.doctor;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Tables with one thing changed, on paper. */
final class EditedTables {
  private EditedTables() {}

  /**
   * With a change.
   *
   * @param right where everything that is to be put back has its place
   */
  static Tables with(Tables tables, Cure.OfRules cure, Tables right) {
    return switch (cure) {
      case Cure.PutBack(var family, Place.Iptables at, Rule rule) ->
          putBack(tables, at, rule, right);
      // Tables of nftables' are put back whole.
      case Cure.PutBack other -> tables;
      case Cure.PutBackTable(var family, String name) -> putBack(tables, name, right);
      case Cure.TakeOut(var family, Place at, Rule rule, var met) ->
          changed(tables, at, rules -> without(rules, rule));
      case Cure.Accept(var family, Place at, var met) -> accepting(tables, at);
    };
  }

  /** With the chains that it is in and that it jumps to: there is no rule without these. */
  private static Tables putBack(Tables tables, Place.Iptables at, Rule rule, Tables right) {
    Tables ready = withChain(withTarget(tables, at.table(), rule), at, right);
    List<Rule> order = right.rules(at.table(), at.chain());
    return changed(ready, at, rules -> inserted(rules, rule, order));
  }

  private static Tables withTarget(Tables tables, Table table, Rule rule) {
    return rule.action() instanceof Action.Jump(String target)
            && tables.chain(table, target).isEmpty()
        ? with(tables, Chain.regular(table, target, List.of()))
        : tables;
  }

  private static Tables withChain(Tables tables, Place.Iptables at, Tables right) {
    return tables.chain(at.table(), at.chain()).isPresent()
        ? tables
        : with(
            tables,
            new Chain(
                at.table(),
                at.chain(),
                right.chain(at.table(), at.chain()).flatMap(Chain::policy),
                List.of()));
  }

  private static Tables with(Tables tables, Chain chain) {
    List<Chain> chains = new ArrayList<>(tables.chains());
    chains.add(chain);
    return new Tables(tables.family(), chains, tables.nftTables());
  }

  /** In front of the first rule that stands behind it where all is right. */
  private static List<Rule> inserted(List<Rule> rules, Rule rule, List<Rule> order) {
    List<Rule> changed = new ArrayList<>(rules);
    changed.add(Order.of(order).placeFor(rule, rules), rule);
    return changed;
  }

  private static List<Rule> without(List<Rule> rules, Rule rule) {
    return rules.stream().filter(other -> !other.equals(rule)).toList();
  }

  private static Tables putBack(Tables tables, String name, Tables right) {
    List<NftTable> nftTables = new ArrayList<>(tables.nftTables());
    int at = 0;
    while (at < nftTables.size() && !nftTables.get(at).name().equals(name)) {
      at++;
    }
    Optional<NftTable> wanted = right.nftTable(name);
    if (at < nftTables.size()) {
      nftTables.remove(at);
    }
    if (wanted.isPresent()) {
      nftTables.add(at, wanted.get());
    }
    return new Tables(tables.family(), tables.chains(), nftTables);
  }

  private static Tables changed(Tables tables, Place at, UnaryOperator<List<Rule>> change) {
    return changed(
        tables,
        at,
        chain ->
            new Chain(chain.table(), chain.name(), chain.policy(), change.apply(chain.rules())),
        chain -> new NftChain(chain.name(), chain.base(), change.apply(chain.rules())));
  }

  private static Tables accepting(Tables tables, Place at) {
    return changed(
        tables,
        at,
        chain -> new Chain(chain.table(), chain.name(), Optional.of(Policy.ACCEPT), chain.rules()),
        chain ->
            new NftChain(chain.name(), chain.base().map(EditedTables::accepting), chain.rules()));
  }

  private static NftChain.Base accepting(NftChain.Base base) {
    return new NftChain.Base(base.type(), base.hook(), base.priority(), Policy.ACCEPT);
  }

  /** With the chain at a place changed, of whichever kind it is. */
  private static Tables changed(
      Tables tables, Place at, UnaryOperator<Chain> ofIptables, UnaryOperator<NftChain> ofNft) {
    return switch (at) {
      case Place.Iptables(Table table, String name) ->
          new Tables(
              tables.family(),
              tables.chains().stream()
                  .map(chain ->
                      chain.table() == table && chain.name().equals(name)
                          ? ofIptables.apply(chain)
                          : chain)
                  .toList(),
              tables.nftTables());
      case Place.Nftables(String table, String name) ->
          new Tables(
              tables.family(),
              tables.chains(),
              tables.nftTables().stream()
                  .map(each -> each.name().equals(table) ? changed(each, name, ofNft) : each)
                  .toList());
      case Place.Bridge bridge -> tables;
      case Place.Legacy legacy -> tables;
    };
  }

  private static NftTable changed(NftTable table, String name, UnaryOperator<NftChain> change) {
    return new NftTable(
        table.family(),
        table.inet(),
        table.name(),
        table.flags(),
        table.maps(),
        table.portSets(),
        table.chains().stream()
            .map(chain -> chain.name().equals(name) ? change.apply(chain) : chain)
            .toList(),
        table.others());
  }
}
