package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import dev.hairpin.rules.trace.Place;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Whoever writes rules for published ports on a host: a dockerd, or our agent.
 *
 * @param name for people: {@code dockerd 28.2 to 28.5}
 * @param state what the rules are for
 * @param wanted the rules that it has written, or would write now, by family
 * @param owned which of the rules in force are its own
 */
record Author(
    String name,
    Whose whose,
    DesiredState state,
    Map<Family, Ruleset> wanted,
    Map<Family, Ruleset> owned) {
  Author {
    requireNonNull(name, "name");
    requireNonNull(whose, "whose");
    requireNonNull(state, "state");
    wanted = Map.copyOf(wanted);
    owned = Map.copyOf(owned);
  }

  Ruleset wanted(Family family) {
    return wanted.getOrDefault(family, Ruleset.empty(family));
  }

  private Ruleset owned(Family family) {
    return owned.getOrDefault(family, Ruleset.empty(family));
  }

  /** What puts its rules right, and leaves everybody else's as they are. */
  Plan repair(Tables observed) {
    Family family = observed.family();
    return wanted.containsKey(family)
        ? Plan.between(observed, owned(family), wanted(family))
        : new Plan(List.of());
  }

  /** Tables with its rules, where it has none yet. */
  Tables written(Tables tables) {
    Family family = tables.family();
    return wanted.containsKey(family)
        ? Plan.between(tables, Ruleset.empty(family), wanted(family)).appliedTo(tables)
        : tables;
  }

  /** Whether a chain is wholly its own. */
  boolean hasChain(Family family, Place at) {
    return Stream.of(wanted(family), owned(family))
        .anyMatch(rules ->
            switch (at) {
              case Place.Iptables(Table table, String chain) -> rules.owns(table, chain);
              case Place.Nftables(String table, String chain) ->
                  rules.nftTables().stream().anyMatch(own -> own.name().equals(table));
              case Place.Bridge bridge -> false;
              case Place.Legacy legacy -> false;
            });
  }

  /** Whether a table of nftables' is wholly its own, and should be there. */
  boolean wantsTable(Family family, String table) {
    return wanted(family).nftTables().stream().anyMatch(own -> own.name().equals(table));
  }

  /** Whether a rule is its own, or in a chain that is. */
  boolean hasRule(Family family, Place at, Rule rule) {
    return hasChain(family, at)
        || (at instanceof Place.Iptables(Table table, String chain)
            && Stream.of(wanted(family), owned(family))
                .flatMap(rules -> rules.hook(table, chain).stream())
                .flatMap(HookRules::rules)
                .anyMatch(rule::equals));
  }

  /** Whether nothing of what it wants is there: somebody has flushed the rules. */
  boolean isGone(Tables observed) {
    Family family = observed.family();
    boolean hasChain =
        wanted(family).chains().stream()
            .anyMatch(chain -> !observed.rules(chain.table(), chain.name()).isEmpty());
    boolean hasTable =
        wanted(family).nftTables().stream()
            .anyMatch(table -> observed.nftTable(table.name()).isPresent());
    return !hasChain && !hasTable;
  }
}
