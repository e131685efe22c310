package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * All that one family's tables hold, ours and everybody's, in the order in which the kernel lists
 * it.
 *
 * @param chains of iptables' tables
 * @param nftTables those of nftables' own tables that were asked for
 */
public record Tables(Family family, List<Chain> chains, List<NftTable> nftTables) {
  public Tables {
    requireNonNull(family, "family");
    chains = List.copyOf(chains);
    nftTables = List.copyOf(nftTables);
  }

  /** iptables' tables only. */
  public Tables(Family family, List<Chain> chains) {
    this(family, chains, List.of());
  }

  public static Tables empty(Family family) {
    return new Tables(family, List.of());
  }

  /** Tables into which something was put that is gone again: they have their base chains. */
  public static Tables opened(Family family, Collection<Table> tables) {
    return new Tables(
        family,
        tables.stream()
            .flatMap(table ->
                table.hooks().stream()
                    .map(hook ->
                        new Chain(table, hook.name(), Optional.of(Policy.ACCEPT), List.of())))
            .toList());
  }

  public Optional<Chain> chain(Table table, String name) {
    // A loop, as each packet that is followed asks many times.
    for (Chain chain : chains) {
      if (chain.table() == table && chain.name().equals(name)) {
        return Optional.of(chain);
      }
    }
    return Optional.empty();
  }

  public Optional<NftTable> nftTable(String name) {
    return nftTables.stream().filter(table -> table.name().equals(name)).findFirst();
  }

  /** The rules of a chain; none when there is no such chain. */
  public List<Rule> rules(Table table, String name) {
    return chain(table, name).map(Chain::rules).orElse(List.of());
  }
}
