package dev.hairpin.rules.trace;

import static java.util.Comparator.comparingInt;

import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * In which order a hook calls its base chains: lowest priority first, and among equal ones the
 * chain that was registered last (nf_hook_entries_grow). Tables and their chains are listed in the
 * order in which they were made, so of two of nftables' own the later one is asked first. Which of
 * iptables' and nftables' is the younger can't be seen.
 */
final class Hooks {
  private Hooks() {}

  /** Everything that a hook calls, in order. */
  static List<Stage> stages(Tables tables, Hook hook) {
    List<BaseChain> chains = chains(tables, hook);
    List<Stage> stages = new ArrayList<>();
    chains.stream()
        .filter(chain -> !chain.translates())
        .forEach(chain -> stages.add(new Stage.Filtering(chain)));
    if (hook != Hook.FORWARD) {
      List<BaseChain> translating = chains.stream().filter(BaseChain::translates).toList();
      stages.add(new Stage.Translation(translating, BaseChain.natPriority(hook)));
    }
    stages.sort(comparingInt(Stage::priority));
    return stages;
  }

  /** Something that a hook calls. */
  sealed interface Stage {
    int priority();

    /** A base chain that lets packets pass or drops them. */
    record Filtering(BaseChain chain) implements Stage {
      @Override
      public int priority() {
        return chain.priority();
      }
    }

    /**
     * Where connections are bound to other addresses. The kernel has one such place at each hook
     * but FORWARD, and the chains of type nat are asked from there, one after the other, until one
     * of them has bound the connection (nf_nat_inet_fn). Their own priorities only order them among
     * themselves.
     */
    record Translation(List<BaseChain> chains, int priority) implements Stage {}
  }

  private static List<BaseChain> chains(Tables tables, Hook hook) {
    Stream<BaseChain> nftables =
        tables.nftTables().reversed().stream()
            .filter(table -> !isDormant(table))
            .flatMap(table -> chains(table, hook));
    Stream<BaseChain> iptables =
        Stream.of(Table.values()).flatMap(table -> BaseChain.of(tables, table, hook).stream());
    return Stream.concat(nftables, iptables).sorted(comparingInt(BaseChain::priority)).toList();
  }

  /** Whether its chains are taken from the hooks for now. */
  private static boolean isDormant(NftTable table) {
    return table.others().stream()
        .anyMatch(other -> other.startsWith("flags ") && other.contains("\"dormant\""));
  }

  private static Stream<BaseChain> chains(NftTable table, Hook hook) {
    return table.chains().reversed().stream()
        .flatMap(chain -> BaseChain.of(table, chain, hook).stream());
  }
}
