package dev.hairpin.rules.plan;

import static java.util.stream.Collectors.toSet;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Works out the changes of one plan. */
final class Difference {
  /**
   * The tables in the order in which they are changed. The tools change a table at once, but one
   * table after the other: with raw in front of all, nobody outside is sent on to a port that is
   * published on loopback; with filter in front of nat, no packet is sent to a container before it
   * is accepted there. In the other direction it does not matter, as the port goes away anyhow.
   */
  private static final List<Table> ORDER =
      List.of(Table.RAW, Table.MANGLE, Table.SECURITY, Table.FILTER, Table.NAT);

  private final Tables observed;
  private final Ruleset owned;
  private final Ruleset desired;

  Difference(Tables observed, Ruleset owned, Ruleset desired) {
    this.observed = observed;
    this.owned = owned;
    this.desired = desired;
  }

  /**
   * nftables' and iptables' tables can't change together. Where the rules move from one kind to the
   * other, both are in force for a moment, and what either drops is dropped: so the new ones come
   * first, and the old ones go last. What iptables still sends to a container must be accepted
   * there to the end, so the old ones go in the opposite order.
   */
  List<Change> changes() {
    NftDifference nftables = new NftDifference(observed, owned, desired);
    List<Change> changes = new ArrayList<>(nftables.writings());
    (movesToNftables() ? ORDER.reversed() : ORDER).forEach(table -> changes.addAll(changes(table)));
    changes.addAll(nftables.deletions());
    return changes;
  }

  private boolean movesToNftables() {
    return desired.nftTables().stream()
        .anyMatch(table -> observed.nftTable(table.name()).isEmpty());
  }

  private List<Change.OfIptables> changes(Table table) {
    List<Change.OfIptables> changes = new ArrayList<>();
    // What is jumped to has to be there before the jumps, and can only go when they are gone.
    written(table).map(Change.WriteChain::new).forEach(changes::add);
    sharedChains(table).forEach(chain -> changes.addAll(sharedChain(table, chain)));
    changes.addAll(removals(table, changes));
    return changes;
  }

  /** Our chains that differ, and the user's chains that are missing. */
  private Stream<Chain> written(Table table) {
    Stream<Chain> ours =
        desired.chains().stream()
            .filter(chain -> !observed.chain(table, chain.name()).equals(Optional.of(chain)));
    Stream<Chain> users =
        desired.userChains().stream()
            .filter(chain -> observed.chain(table, chain.name()).isEmpty());
    return Stream.concat(ours, users).filter(chain -> chain.table() == table);
  }

  /** The chains of others that have, had or shall have rules of ours. */
  private Stream<String> sharedChains(Table table) {
    return Stream.concat(desired.hooks().stream(), owned.hooks().stream())
        .filter(hook -> hook.table() == table)
        .map(HookRules::chain)
        .distinct();
  }

  private List<Change.OfIptables> sharedChain(Table table, String name) {
    Optional<HookRules> wanted = desired.hook(table, name);
    Optional<HookRules> written = owned.hook(table, name);
    Set<Rule> known =
        Stream.concat(wanted.stream(), written.stream()).flatMap(HookRules::rules).collect(toSet());
    Predicate<Rule> isOurs = rule -> known.contains(rule) || isJumpToOurs(table, rule);

    SharedChain chain = new SharedChain(table, name, rulesBefore(table, name));
    chain.arrange(
        isOurs,
        wanted.map(HookRules::head).orElse(List.of()),
        wanted.map(HookRules::tail).orElse(List.of()));
    return Stream.concat(policy(table, name, written, wanted).stream(), chain.changes().stream())
        .toList();
  }

  private boolean isJumpToOurs(Table table, Rule rule) {
    return rule.action() instanceof Action.Jump(String target)
        && (owned.owns(table, target) || desired.owns(table, target));
  }

  /** What is in a shared chain when its turn comes: a user's chain may just have been made. */
  private List<Rule> rulesBefore(Table table, String name) {
    return observed
        .chain(table, name)
        .or(() ->
            desired.userChains().stream()
                .filter(chain -> chain.table() == table && chain.name().equals(name))
                .findFirst())
        .map(Chain::rules)
        .orElse(List.of());
  }

  /** A policy that we no longer need goes back to what it is on a fresh host. */
  private Optional<Change.OfIptables> policy(
      Table table, String name, Optional<HookRules> written, Optional<HookRules> wanted) {
    Policy present = observed.chain(table, name).flatMap(Chain::policy).orElse(Policy.ACCEPT);
    return wanted
        .flatMap(HookRules::policy)
        .or(() -> written.flatMap(HookRules::policy).map(earlier -> Policy.ACCEPT))
        .filter(policy -> policy != present)
        .map(policy -> new Change.SetPolicy(table, Hook.valueOf(name), policy));
  }

  private Stream<Chain> unwanted(Table table) {
    return owned.chains().stream()
        .filter(chain -> chain.table() == table && !desired.owns(table, chain.name()))
        .flatMap(chain -> observed.chain(table, chain.name()).stream());
  }

  /** A chain that somebody else jumps to can't be taken away; it is only emptied. */
  private List<Change.OfIptables> removals(Table table, List<Change.OfIptables> before) {
    List<Chain> unwanted = unwanted(table).toList();
    WorkingCopy others = new WorkingCopy(observed);
    others.apply(before);
    unwanted.forEach(chain -> others.empty(table, chain.name()));

    List<Change.OfIptables> removals = new ArrayList<>();
    for (Chain chain : unwanted) {
      if (!others.isJumpedTo(table, chain.name())) {
        removals.add(new Change.DeleteChain(table, chain.name()));
      } else if (!chain.rules().isEmpty()) {
        removals.add(new Change.WriteChain(Chain.regular(table, chain.name(), List.of())));
      }
    }
    return removals;
  }
}
