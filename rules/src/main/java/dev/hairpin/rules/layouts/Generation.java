package dev.hairpin.rules.layouts;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whose rules a host was left with. It is told by the chains, never by the version of a program
 * that is installed: what is in force was written by whichever dockerd ran last.
 */
public enum Generation {
  DOCKER20(LayoutName.DOCKER20, LayoutName.DOCKER20.engines()),
  DOCKER28_0(LayoutName.DOCKER28, "dockerd 28.0.0, with ipset"),
  DOCKER28_1(LayoutName.DOCKER28, "dockerd 28.0.1 to 28.1"),
  DOCKER28(LayoutName.DOCKER28, LayoutName.DOCKER28.engines()),
  DOCKER29(LayoutName.DOCKER29, LayoutName.DOCKER29.engines()),
  DOCKER29_NFT(LayoutName.DOCKER29_NFT, LayoutName.DOCKER29_NFT.engines());

  private final LayoutName layout;
  private final String engines;

  Generation(LayoutName layout, String engines) {
    this.layout = layout;
    this.engines = engines;
  }

  /** The layout that writes the same rules, or those of a slightly later engine. */
  public LayoutName layout() {
    return layout;
  }

  /** {@code dockerd 28.2 to 28.5}. */
  @Override
  public String toString() {
    return engines;
  }

  /**
   * The generation of one family's rules. Where there are those of several, the one that a packet
   * meets first was written last: dockerd puts its jumps in front.
   *
   * @return empty where no chain of dockerd's tells; nat's DOCKER alone is in all generations
   */
  static Optional<Generation> of(Tables observed) {
    return observed.rules(Table.FILTER, Hook.FORWARD.name()).stream()
        .flatMap(rule -> written(rule, observed).stream())
        .findFirst()
        .or(() -> observed.nftTable(DockerdChains.NFT_TABLE).map(table -> Generation.DOCKER29_NFT))
        .or(() -> byChains(observed));
  }

  private static Optional<Generation> written(Rule inForward, Tables observed) {
    if (DockerdRules.asksIpset(inForward)) {
      return Optional.of(DOCKER28_0);
    }
    return switch (inForward.action()) {
      case Action.Jump(String chain) when chain.equals(DockerdChains.FORWARD) ->
          Optional.of(since28(observed));
      case Action.Jump(String chain) when chain.equals(DockerdChains.STAGE_1) ->
          Optional.of(DOCKER20);
      case Action other -> Optional.empty();
    };
  }

  /** Somebody flushed FORWARD, but a chain can't hide. */
  private static Optional<Generation> byChains(Tables observed) {
    if (observed.chain(Table.FILTER, DockerdChains.FORWARD).isPresent()) {
      return Optional.of(since28(observed));
    }
    return observed.chain(Table.FILTER, DockerdChains.STAGE_1).map(chain -> DOCKER20);
  }

  private static Generation since28(Tables observed) {
    if (isolatesAs29(observed)) {
      return DOCKER29;
    }
    boolean dropsPerPort =
        observed.rules(Table.RAW, Hook.PREROUTING.name()).stream()
            .anyMatch(DockerdRules::dropsDirectAccessToOnePort);
    return dropsPerPort ? DOCKER28_1 : DOCKER28;
  }

  /** A chain that an earlier or later dockerd left is there, but not jumped to. */
  private static boolean isolatesAs29(Tables observed) {
    List<String> targets =
        observed.rules(Table.FILTER, DockerdChains.FORWARD).stream()
            .flatMap(rule ->
                rule.action() instanceof Action.Jump(String chain)
                    ? Stream.of(chain)
                    : Stream.empty())
            .toList();
    return targets.contains(DockerdChains.INTERNAL)
        || (!targets.contains(DockerdChains.STAGE_1)
            && observed.chain(Table.FILTER, DockerdChains.INTERNAL).isPresent());
  }
}
