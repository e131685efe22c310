package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The rules of one family that we wrote, in a form that a later version understands too.
 *
 * @param text as iptables-save prints them; of a chain that is everybody's only our part, with a
 *     policy only if we gave it that one
 * @param shared which of those chains are everybody's, as {@code nat PREROUTING}
 * @param users which of those chains are the user's; they are there only to be jumped to
 * @param made which of the user's chains were missing, so that we made them
 * @param nftTables the names of those of nftables' own tables that are ours, whatever is in them
 */
record OwnedRules(
    String text, Set<String> shared, Set<String> users, Set<String> made, Set<String> nftTables) {
  /** None. */
  static final OwnedRules NONE = new OwnedRules("", Set.of(), Set.of(), Set.of(), Set.of());

  OwnedRules {
    requireNonNull(text, "text");
    shared = Set.copyOf(shared);
    users = Set.copyOf(users);
    made = Set.copyOf(made);
    nftTables = Set.copyOf(nftTables);
  }

  boolean isEmpty() {
    return text.isEmpty() && nftTables.isEmpty();
  }

  /**
   * What is written down for a ruleset.
   *
   * @param policies the policies that are ours to take back, by shared chain
   * @param made the user's chains that we made
   */
  static OwnedRules of(Ruleset rules, Map<String, Policy> policies, Set<String> made) {
    List<Chain> chains = new ArrayList<>(rules.chains());
    Set<String> shared = new TreeSet<>();
    Set<String> users = new TreeSet<>();
    for (HookRules hook : rules.hooks()) {
      shared.add(key(hook));
      chains.add(
          new Chain(
              hook.table(),
              hook.chain(),
              Optional.ofNullable(policies.get(key(hook))),
              hook.rules().toList()));
    }
    for (Chain chain : rules.userChains()) {
      // Beside dockerd the user's chain is one in which we have rules.
      if (!shared.contains(key(chain))) {
        users.add(key(chain));
        chains.add(chain);
      }
    }
    return new OwnedRules(
        IptablesText.print(new Tables(rules.family(), chains)),
        shared,
        users,
        made,
        nftTables(rules));
  }

  /** The names of those of nftables' own tables that a ruleset has. */
  static Set<String> nftTables(Ruleset rules) {
    return rules.nftTables().stream().map(NftTable::name).collect(toSet());
  }

  /**
   * The rules again, as a plan needs them to recognise what is ours. Of the user's chains it has
   * those that we made, as we made them; nftables' own tables are empty.
   *
   * @throws IllegalArgumentException if the text isn't one that {@link #of} wrote
   */
  Ruleset ruleset(Family family) {
    List<Chain> chains = new ArrayList<>();
    List<Chain> userChains = new ArrayList<>();
    List<HookRules> hooks = new ArrayList<>();
    for (Chain chain : IptablesText.parse(family, text).chains()) {
      if (shared.contains(key(chain))) {
        hooks.add(
            new HookRules(chain.table(), chain.name(), chain.policy(), chain.rules(), List.of()));
      } else if (made.contains(key(chain))) {
        userChains.add(chain);
      } else if (!users.contains(key(chain))) {
        chains.add(chain);
      }
    }
    List<NftTable> tables =
        nftTables.stream()
            .sorted()
            .map(name -> new NftTable(family, name, List.of(), List.of()))
            .toList();
    return new Ruleset(family, chains, userChains, hooks, tables);
  }

  /** The policies that we gave to everybody's chains. */
  static Map<String, Policy> policies(Ruleset owned) {
    return owned.hooks().stream()
        .filter(hook -> hook.policy().isPresent())
        .collect(toMap(OwnedRules::key, hook -> hook.policy().get()));
  }

  /** The same rules, with no policy to be taken back. */
  static Ruleset withoutPolicies(Ruleset owned) {
    List<HookRules> hooks =
        owned.hooks().stream()
            .map(hook ->
                new HookRules(
                    hook.table(), hook.chain(), Optional.empty(), hook.head(), hook.tail()))
            .toList();
    return new Ruleset(
        owned.family(), owned.chains(), owned.userChains(), hooks, owned.nftTables());
  }

  /** The policies without any rule. */
  static Ruleset onlyPolicies(Ruleset owned) {
    List<HookRules> hooks =
        owned.hooks().stream()
            .filter(hook -> hook.policy().isPresent())
            .map(hook ->
                new HookRules(hook.table(), hook.chain(), hook.policy(), List.of(), List.of()))
            .toList();
    return new Ruleset(owned.family(), List.of(), List.of(), hooks, List.of());
  }

  /** The same rules, with these chains of the user's. */
  static Ruleset withUserChains(Ruleset rules, List<Chain> userChains) {
    return new Ruleset(
        rules.family(), rules.chains(), userChains, rules.hooks(), rules.nftTables());
  }

  /** Both rulesets' rules: while one replaces the other, either may be there. */
  static Ruleset union(Ruleset earlier, Ruleset later) {
    List<Chain> chains = new ArrayList<>(later.chains());
    earlier.chains().stream()
        .filter(chain -> !later.owns(chain.table(), chain.name()))
        .forEach(chains::add);
    List<HookRules> hooks = new ArrayList<>();
    for (HookRules hook : later.hooks()) {
      Optional<HookRules> before = earlier.hook(hook.table(), hook.chain());
      hooks.add(
          new HookRules(
              hook.table(),
              hook.chain(),
              hook.policy(),
              Stream.concat(hook.rules(), before.stream().flatMap(HookRules::rules))
                  .distinct()
                  .toList(),
              List.of()));
    }
    earlier.hooks().stream()
        .filter(hook -> later.hook(hook.table(), hook.chain()).isEmpty())
        .forEach(hooks::add);
    List<Chain> userChains = new ArrayList<>(later.userChains());
    earlier.userChains().stream()
        .filter(chain -> later.userChains().stream().noneMatch(other -> isSame(chain, other)))
        .forEach(userChains::add);
    List<NftTable> nftTables = new ArrayList<>(later.nftTables());
    earlier.nftTables().stream()
        .filter(table -> !nftTables(later).contains(table.name()))
        .forEach(nftTables::add);
    return new Ruleset(later.family(), chains, userChains, hooks, nftTables);
  }

  static boolean isSame(Chain one, Chain other) {
    return key(one).equals(key(other));
  }

  static String key(HookRules hook) {
    return hook.table().keyword() + " " + hook.chain();
  }

  static String key(Chain chain) {
    return chain.table().keyword() + " " + chain.name();
  }
}
