package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.List;
import java.util.Optional;

/**
 * Finds the chains and rules that {@linkplain LoggedStep steps} of iptables-legacy tell of. Pure.
 *
 * @param tables of iptables-legacy
 * @param standBeside whether other tables of iptables', those over nftables, are asked as well
 */
public record LegacyRules(Tables tables, boolean standBeside) {
  public LegacyRules {
    requireNonNull(tables, "tables");
  }

  /** Where there are no such tables. */
  public static LegacyRules none(Family family) {
    return new LegacyRules(Tables.empty(family), /* standBeside= */ true);
  }

  /** Which chain that is; empty for a table that isn't known here. */
  Optional<Place> place(LoggedStep step) {
    return Table.of(step.table())
        .map(table ->
            standBeside
                ? new Place.Legacy(table, step.chain())
                : new Place.Iptables(table, step.chain()));
  }

  /** Where that is called; empty for one that is only jumped to. */
  Optional<Hook> hook(LoggedStep step) {
    return Table.of(step.table()).stream()
        .flatMap(table -> table.hooks().stream())
        .filter(hook -> hook.name().equals(step.chain()))
        .findFirst();
  }

  /** The rule that it matched; empty if it is told of no rule, or that is not there any more. */
  Optional<Trace.Step> rule(LoggedStep step) {
    if (step.kind() != LoggedStep.Kind.RULE) {
      return Optional.empty();
    }
    List<Rule> rules = chain(step).map(Chain::rules).orElse(List.of());
    return step.number() > rules.size()
        ? Optional.empty()
        : place(step)
            .map(at ->
                new Trace.Step(at, step.number(), rules.get(step.number() - 1), Optional.empty()));
  }

  /** What becomes of the packet there, if it is its end. */
  Optional<Trace.Verdict> end(LoggedStep step) {
    return place(step)
        .flatMap(at ->
            switch (step.kind()) {
              case RULE -> rule(step).map(Trace.Step::rule).flatMap(rule -> end(at, rule));
              case POLICY ->
                  chain(step)
                      .flatMap(Chain::policy)
                      .filter(Policy.DROP::equals)
                      .map(policy -> new Trace.Verdict.Dropped(at, Optional.empty()));
              case RETURN -> Optional.empty();
            });
  }

  private static Optional<Trace.Verdict> end(Place at, Rule rule) {
    return switch (rule.action()) {
      case Action.Drop() -> Optional.of(TracedRules.end(at, Optional.of(rule)));
      case Action.Verbatim verbatim when TracedRules.rejects(rule) ->
          Optional.of(TracedRules.end(at, Optional.of(rule)));
      case Action other -> Optional.empty();
    };
  }

  private Optional<Chain> chain(LoggedStep step) {
    return Table.of(step.table()).flatMap(table -> tables.chain(table, step.chain()));
  }
}
