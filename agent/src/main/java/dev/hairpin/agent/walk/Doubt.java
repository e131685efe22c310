package dev.hairpin.agent.walk;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.PacketTracer;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A rule that isn't understood, taken for one that never matches and for one whose unknown
 * conditions hold. Rules that are written alike in one chain are taken alike.
 *
 * @param without as if it never matched
 * @param with as if what is not understood of it held; empty where it isn't understood what it does
 */
public record Doubt(Tables without, Optional<Tables> with) {
  public Doubt {
    requireNonNull(without, "without");
    requireNonNull(with, "with");
  }

  /** Both of a rule. */
  public static Doubt about(Tables tables, Place at, Rule rule) {
    boolean isActionKnown = !(rule.action() instanceof Action.Verbatim);
    Rule matching =
        new Rule(
            rule.matches().stream().filter(match -> !(match instanceof Match.Verbatim)).toList(),
            rule.action(),
            rule.reason());
    return new Doubt(
        replaced(tables, at, rule, Optional.empty()),
        isActionKnown && !matching.equals(rule)
            ? Optional.of(replaced(tables, at, rule, Optional.of(matching)))
            : Optional.empty());
  }

  Prediction.Either resolved(Host host, Packet packet) {
    return new Prediction.Either(
        verdict(without, host, packet), with.map(tables -> verdict(tables, host, packet)));
  }

  private static Trace.Verdict verdict(Tables tables, Host host, Packet packet) {
    return new PacketTracer(tables, host).trace(packet).verdict();
  }

  private static Tables replaced(Tables tables, Place at, Rule rule, Optional<Rule> by) {
    UnaryOperator<List<Rule>> replacing =
        rules ->
            rules.stream()
                .flatMap(other -> other.equals(rule) ? by.stream() : Stream.of(other))
                .toList();
    return new Tables(
        tables.family(),
        tables.chains().stream()
            .map(chain ->
                at.equals(new Place.Iptables(chain.table(), chain.name()))
                    ? new Chain(
                        chain.table(), chain.name(), chain.policy(), replacing.apply(chain.rules()))
                    : chain)
            .toList(),
        tables.nftTables().stream()
            .map(table ->
                at instanceof Place.Nftables(String name, String chain) && name.equals(table.name())
                    ? replaced(table, chain, replacing)
                    : table)
            .toList());
  }

  private static NftTable replaced(
      NftTable table, String chain, UnaryOperator<List<Rule>> replacing) {
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
                    ? new NftChain(each.name(), each.base(), replacing.apply(each.rules()))
                    : each)
            .toList(),
        table.others());
  }
}
