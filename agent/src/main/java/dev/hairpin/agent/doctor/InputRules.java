package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.PacketTracer;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Optional;

/**
 * Looks for rules that would keep a packet from this host's own sockets, and are never asked about
 * one that is sent on to a container: people close a port there, and find it open. Pure.
 */
final class InputRules {
  private InputRules() {}

  /** What would stop a packet, were it not sent on. */
  static Optional<Finding> passedBy(Situation situation, Way way) {
    Optional<Tables> tables = situation.tables(way.family());
    Optional<Surveyed> network = situation.network(way.family());
    if (tables.isEmpty() || network.isEmpty()) {
      return Optional.empty();
    }
    Trace trace =
        new PacketTracer(withoutNat(tables.get()), network.get().host()).trace(way.packet());
    boolean isAtInput = !trace.hops().isEmpty() && trace.hops().getLast().hook() == Hook.INPUT;
    return switch (trace.verdict()) {
      case Verdict.Dropped(Place at, Optional<Rule> rule) when isAtInput ->
          Optional.of(note(tables.get(), way, at, rule));
      case Verdict.Rejected(Place at, Rule rule) when isAtInput ->
          Optional.of(note(tables.get(), way, at, Optional.of(rule)));
      case Verdict other -> Optional.empty();
    };
  }

  private static Finding note(Tables tables, Way way, Place at, Optional<Rule> rule) {
    String text = rule.map(known -> RuleLine.text(at, known)).orElse("policy DROP");
    return new Finding(
        Code.INPUT_NOT_ASKED,
        List.of(way),
        Optional.of(at),
        Optional.of(Whose.of(at, rule.map(Rule::reason).orElse(Reason.UNKNOWN))),
        List.of(text, at.toString()),
        rule.map(known -> RuleLine.of(tables, at, known)).stream().toList(),
        List.of());
  }

  private static Tables withoutNat(Tables tables) {
    return new Tables(
        tables.family(),
        tables.chains().stream().filter(InputRules::filters).toList(),
        tables.nftTables().stream().map(InputRules::withoutNat).toList());
  }

  private static boolean filters(Chain chain) {
    return chain.table() != Table.NAT;
  }

  private static NftTable withoutNat(NftTable table) {
    return new NftTable(
        table.family(),
        table.inet(),
        table.name(),
        table.flags(),
        table.maps(),
        table.portSets(),
        table.chains().stream()
            .filter(
                chain -> chain.base().map(base -> base.type() != NftChain.Type.NAT).orElse(true))
            .toList(),
        table.others());
  }
}
