package dev.hairpin.rules.iptables;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.util.stream.Collectors;

/** What {@code iptables-save} prints on a fresh host that has got a layout's rules. */
record Printed(Tables tables) {
  static Printed by(Layout layout, StateOf wanted, Family family) {
    Ruleset rules = layout.rulesFor(wanted.state(), family);
    Tables fresh = Tables.empty(family);
    return new Printed(Plan.between(fresh, Ruleset.empty(family), rules).appliedTo(fresh));
  }

  String all() {
    return IptablesText.print(tables);
  }

  /** The rules of one chain, one on each line. */
  String chain(Table table, String name) {
    return tables.rules(table, name).stream()
        .map(rule -> IptablesText.line(rule) + "\n")
        .collect(Collectors.joining());
  }

  String filter(String chain) {
    return chain(Table.FILTER, chain);
  }

  String nat(String chain) {
    return chain(Table.NAT, chain);
  }

  String raw() {
    return chain(Table.RAW, "PREROUTING");
  }
}
