package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.RuleLine;
import dev.hairpin.agent.plan.Planned;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.nftables.NftText;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Writes down what was planned. */
final class PlanText {
  private final Planned planned;
  private final boolean explain;

  /**
   * @param explain whether each rule's reason is put under it
   */
  PlanText(Planned planned, boolean explain) {
    this.planned = planned;
    this.explain = explain;
  }

  String text(PlanFormat format) {
    return switch (format) {
      case IPTABLES -> IptablesText.print(planned.tables(Family.IPV4), this::note);
      case IP6TABLES -> IptablesText.print(planned.tables(Family.IPV6), this::note);
      case NFT -> NftText.print(nftTables().toList(), this::note);
      case JSON -> JsonOutput.text(rules());
    };
  }

  private Optional<String> note(Rule rule) {
    return explain ? Optional.of(explanation(rule.reason())) : Optional.empty();
  }

  private static String explanation(Reason reason) {
    return reason.text()
        + reason
            .binding()
            .map(binding -> " (" + binding.publisher() + ", -p " + binding.spec() + ")")
            .orElse("");
  }

  private Stream<NftTable> nftTables() {
    return Stream.of(Family.values()).flatMap(family -> planned.rules(family).nftTables().stream());
  }

  private List<RuleLine> rules() {
    Stream<RuleLine> iptables =
        Stream.of(Family.values())
            .flatMap(family ->
                planned.tables(family).chains().stream().flatMap(chain -> rules(family, chain)));
    return Stream.concat(iptables, nftTables().flatMap(PlanText::rules)).toList();
  }

  private static Stream<RuleLine> rules(Family family, Chain chain) {
    return chain.rules().stream()
        .map(rule ->
            line(
                RuleLine.IPTABLES,
                family,
                chain.table().keyword(),
                chain.name(),
                ("-A " + chain.name() + " " + IptablesText.line(rule)).stripTrailing(),
                rule.reason()));
  }

  private static Stream<RuleLine> rules(NftTable table) {
    return table.chains().stream().flatMap(chain -> rules(table, chain));
  }

  private static Stream<RuleLine> rules(NftTable table, NftChain chain) {
    return chain.rules().stream()
        .map(rule ->
            line(
                RuleLine.NFT,
                table.family(),
                table.name(),
                chain.name(),
                NftText.line(rule),
                rule.reason()));
  }

  private static RuleLine line(
      String tool, Family family, String table, String chain, String rule, Reason reason) {
    Optional<PortBinding> binding = reason.binding();
    return new RuleLine(
        tool,
        family.keyword(),
        table,
        chain,
        rule,
        reason.text(),
        binding.map(port -> port.publisher().toString()).orElse(""),
        binding.map(PortBinding::spec).orElse(""));
  }
}
