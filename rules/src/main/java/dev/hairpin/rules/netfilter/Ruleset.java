package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All that is ours in one family's tables.
 *
 * @param chains wholly ours: nobody else's rules are kept in them
 * @param userChains made for the user when they are missing, with these rules in them, and never
 *     touched again
 * @param hooks our rules in chains that are everybody's, at most one entry for each
 * @param nftTables wholly ours
 */
public record Ruleset(
    Family family,
    List<Chain> chains,
    List<Chain> userChains,
    List<HookRules> hooks,
    List<NftTable> nftTables) {
  public Ruleset {
    requireNonNull(family, "family");
    chains = List.copyOf(chains);
    userChains = List.copyOf(userChains);
    hooks = List.copyOf(hooks);
    nftTables = List.copyOf(nftTables);
  }

  /** Rules in iptables' tables only. */
  public Ruleset(Family family, List<Chain> chains, List<Chain> userChains, List<HookRules> hooks) {
    this(family, chains, userChains, hooks, List.of());
  }

  /** Rules in a table of our own only. */
  public static Ruleset of(NftTable table) {
    return new Ruleset(table.family(), List.of(), List.of(), List.of(), List.of(table));
  }

  public static Ruleset empty(Family family) {
    return new Ruleset(family, List.of(), List.of(), List.of());
  }

  /** The same rules, with our tables owned by who writes them. */
  public Ruleset withOwnedTables() {
    return new Ruleset(
        family, chains, userChains, hooks, nftTables.stream().map(NftTable::owned).toList());
  }

  /** The same with a table of our own besides. */
  public Ruleset with(NftTable table) {
    return new Ruleset(
        family,
        chains,
        userChains,
        hooks,
        Stream.concat(nftTables.stream(), Stream.of(table)).toList());
  }

  public boolean isEmpty() {
    return chains.isEmpty() && userChains.isEmpty() && hooks.isEmpty() && nftTables.isEmpty();
  }

  public Optional<HookRules> hook(Table table, Hook hook) {
    return hook(table, hook.name());
  }

  /** Our rules in a chain that is everybody's. */
  public Optional<HookRules> hook(Table table, String chain) {
    return hooks.stream()
        .filter(rules -> rules.table() == table && rules.chain().equals(chain))
        .findFirst();
  }

  /** Whether a chain is wholly ours. */
  public boolean owns(Table table, String name) {
    return chains.stream().anyMatch(chain -> chain.table() == table && chain.name().equals(name));
  }

  /** Every rule, wherever it is. */
  public Stream<Rule> rules() {
    return Stream.of(
            chains.stream().flatMap(chain -> chain.rules().stream()),
            hooks.stream().flatMap(HookRules::rules),
            nftTables.stream()
                .flatMap(table -> table.chains().stream())
                .flatMap(chain -> chain.rules().stream()))
        .flatMap(rules -> rules);
  }
}
