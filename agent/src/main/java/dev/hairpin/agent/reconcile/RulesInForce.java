package dev.hairpin.agent.reconcile;

import dev.hairpin.agent.control.RuleLine;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.NftText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Picks our rules out of all that the kernel holds, and says why they are there. Pure. */
final class RulesInForce {
  private final Tables observed;
  private final Ruleset owned;
  private final Ruleset explained;

  /**
   * @param owned what we wrote, by which our rules are recognised
   * @param explained the same rules with their reasons
   */
  RulesInForce(Tables observed, Ruleset owned, Ruleset explained) {
    this.observed = observed;
    this.owned = owned;
    this.explained = explained;
  }

  /** In the order in which iptables-save prints them, and nft after it. */
  List<RuleLine> lines() {
    return Stream.concat(
            observed.chains().stream().flatMap(this::lines),
            observed.nftTables().stream().filter(this::isOurs).flatMap(this::lines))
        .toList();
  }

  private boolean isOurs(NftTable table) {
    return OwnedRules.nftTables(owned).contains(table.name());
  }

  private Stream<RuleLine> lines(NftTable table) {
    return NftText.lines(table).stream()
        .filter(line -> !line.text().isEmpty())
        .map(line ->
            line(
                RuleLine.NFT,
                table.name(),
                line.object(),
                line.text().strip(),
                line.rule()
                    .map(rule -> reason(table, line.object(), rule))
                    .or(() -> line.element().map(port -> reason(table, line.object(), port)))
                    .orElse(Reason.UNKNOWN)));
  }

  private Reason reason(NftTable table, String set, PortSet.Element port) {
    return explained.nftTables().stream()
        .filter(candidate -> candidate.name().equals(table.name()))
        .flatMap(candidate -> candidate.portSet(set).stream())
        .flatMap(candidate -> candidate.elements().stream())
        .filter(port::equals)
        .map(PortSet.Element::reason)
        .findFirst()
        .orElse(Reason.UNKNOWN);
  }

  private Reason reason(NftTable table, String chain, Rule rule) {
    return explained.nftTables().stream()
        .filter(candidate -> candidate.name().equals(table.name()))
        .flatMap(candidate -> candidate.chain(chain).stream())
        .flatMap(candidate -> candidate.rules().stream())
        .filter(rule::equals)
        .map(Rule::reason)
        .findFirst()
        .orElse(Reason.UNKNOWN);
  }

  private Stream<RuleLine> lines(Chain chain) {
    List<RuleLine> lines = new ArrayList<>();
    boolean isOurs = owned.owns(chain.table(), chain.name());
    if (isOurs) {
      lines.add(line(chain, ":" + chain.name() + " - [0:0]", Reason.UNKNOWN));
    }
    for (Rule rule : chain.rules()) {
      if (isOurs || isOurRule(chain, rule)) {
        String text = ("-A " + chain.name() + " " + IptablesText.line(rule)).stripTrailing();
        lines.add(line(chain, text, reason(chain.table(), chain.name(), rule)));
      }
    }
    return lines.stream();
  }

  private RuleLine line(Chain chain, String text, Reason reason) {
    return line(RuleLine.IPTABLES, chain.table().keyword(), chain.name(), text, reason);
  }

  private RuleLine line(String tool, String table, String chain, String text, Reason reason) {
    Optional<PortBinding> binding = reason.binding();
    return new RuleLine(
        tool,
        observed.family().keyword(),
        table,
        chain,
        text,
        reason.text(),
        binding.map(port -> port.publisher().toString()).orElse(""),
        binding.map(PortBinding::spec).orElse(""));
  }

  private boolean isOurRule(Chain chain, Rule rule) {
    return (rule.action() instanceof Action.Jump(String target)
            && owned.owns(chain.table(), target))
        || owned
            .hook(chain.table(), chain.name())
            .map(hook -> hook.rules().anyMatch(rule::equals))
            .orElse(false);
  }

  private Reason reason(Table table, String chain, Rule rule) {
    Stream<Rule> inOurChain =
        explained.chains().stream()
            .filter(candidate -> candidate.table() == table && candidate.name().equals(chain))
            .flatMap(candidate -> candidate.rules().stream());
    Stream<Rule> inSharedChain = explained.hook(table, chain).stream().flatMap(HookRules::rules);
    return Stream.concat(inOurChain, inSharedChain)
        .filter(rule::equals)
        .map(Rule::reason)
        .findFirst()
        .orElse(Reason.UNKNOWN);
  }
}
