package dev.hairpin.rules.plan;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** iptables' tables on which changes are tried, with the kernel's rules about what is possible. */
final class WorkingCopy {
  /** The order of {@code iptables-save} in its nf_tables version (nft.h, nft_table_type). */
  private static final List<Table> LISTED =
      List.of(Table.MANGLE, Table.SECURITY, Table.RAW, Table.FILTER, Table.NAT);

  /** Base chains in the order of their hooks, then the others by name. */
  private static final Comparator<Place> LISTING =
      Comparator.comparingInt((Place place) -> LISTED.indexOf(place.table()))
          .thenComparingInt(place -> hookOf(place).map(Hook::ordinal).orElse(Hook.values().length))
          .thenComparing(Place::chain);

  private record Place(Table table, String chain) {}

  private record Content(Optional<Policy> policy, List<Rule> rules) {}

  private final TreeMap<Place, Content> chains = new TreeMap<>(LISTING);

  WorkingCopy(Tables tables) {
    for (Chain chain : tables.chains()) {
      chains.put(
          new Place(chain.table(), chain.name()),
          new Content(chain.policy(), new ArrayList<>(chain.rules())));
    }
  }

  List<Chain> chains() {
    return chains.entrySet().stream()
        .map(entry ->
            new Chain(
                entry.getKey().table(),
                entry.getKey().chain(),
                entry.getValue().policy(),
                entry.getValue().rules()))
        .toList();
  }

  /** Declares every chain before it fills or deletes any, as a script does. */
  void apply(List<? extends Change.OfIptables> changes) {
    changes.stream().map(Change.OfIptables::table).distinct().forEach(this::openTable);
    changes.forEach(this::declare);
    changes.forEach(this::apply);
  }

  /** Makes a chain that will be written, and empties it as well as one that will go. */
  private void declare(Change.OfIptables change) {
    switch (change) {
      case Change.WriteChain(Chain chain) ->
          chains.put(
              new Place(chain.table(), chain.name()),
              new Content(Optional.empty(), new ArrayList<>()));
      case Change.DeleteChain(Table table, String chain) -> empty(table, chain);
      case Change.OfIptables other -> {}
    }
  }

  private void apply(Change.OfIptables change) {
    switch (change) {
      case Change.SetPolicy(Table table, Hook hook, Policy policy) ->
          chains.compute(
              new Place(table, hook.name()),
              (place, content) -> new Content(Optional.of(policy), content.rules()));
      case Change.WriteChain(Chain chain) -> write(chain);
      case Change.DeleteRule(Table table, String chain, Rule rule) -> {
        if (!rules(table, chain).remove(rule)) {
          throw new IllegalStateException("chain \"" + chain + "\" has no rule " + rule);
        }
      }
      case Change.InsertRule(Table table, String chain, int position, Rule rule) -> {
        requireTarget(table, rule);
        List<Rule> rules = rules(table, chain);
        if (position > rules.size() + 1) {
          throw new IllegalStateException(
              "chain \"" + chain + "\" has no position " + position + " for " + rule);
        }
        rules.add(position - 1, rule);
      }
      case Change.AppendRule(Table table, String chain, Rule rule) -> {
        requireTarget(table, rule);
        rules(table, chain).add(rule);
      }
      case Change.DeleteChain(Table table, String chain) -> {
        if (isJumpedTo(table, chain)) {
          throw new IllegalStateException("chain \"" + chain + "\" is still jumped to");
        }
        chains.remove(new Place(table, chain));
      }
    }
  }

  private void write(Chain chain) {
    List<Rule> rules = rules(chain.table(), chain.name());
    rules.clear();
    for (Rule rule : chain.rules()) {
      requireTarget(chain.table(), rule);
      rules.add(rule);
    }
  }

  void empty(Table table, String chain) {
    rules(table, chain).clear();
  }

  boolean isJumpedTo(Table table, String chain) {
    return chains.entrySet().stream()
        .filter(entry -> entry.getKey().table() == table)
        .flatMap(entry -> entry.getValue().rules().stream())
        .anyMatch(rule -> targets(rule, chain));
  }

  private static boolean targets(Rule rule, String chain) {
    return switch (rule.action()) {
      case Action.Jump(String target) -> target.equals(chain);
      case Action.Verbatim(String text) -> text.equals("-g " + chain);
      case Action other -> false;
    };
  }

  /** A table has its base chains from the moment that anything is put into it. */
  private void openTable(Table table) {
    for (Hook hook : table.hooks()) {
      chains.putIfAbsent(
          new Place(table, hook.name()),
          new Content(Optional.of(Policy.ACCEPT), new ArrayList<>()));
    }
  }

  private static Optional<Hook> hookOf(Place place) {
    return place.table().hooks().stream()
        .filter(hook -> hook.name().equals(place.chain()))
        .findFirst();
  }

  private List<Rule> rules(Table table, String chain) {
    Content content = chains.get(new Place(table, chain));
    if (content == null) {
      throw new IllegalStateException(
          "table " + table.keyword() + " has no chain \"" + chain + "\"");
    }
    return content.rules();
  }

  private void requireTarget(Table table, Rule rule) {
    if (rule.action() instanceof Action.Jump(String target)
        && !chains.containsKey(new Place(table, target))) {
      throw new IllegalStateException(
          "chain \"" + target + "\" is jumped to in table " + table.keyword() + " but not there");
    }
  }
}
