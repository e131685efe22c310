package dev.hairpin.rules.plan;

import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import java.util.List;

/**
 * What to change in one family's tables so that they hold what we want and everything of others as
 * it was.
 *
 * @param changes in the order in which they must be made
 */
public record Plan(List<Change> changes) {
  public Plan {
    changes = List.copyOf(changes);
  }

  /**
   * The difference between what is there and what should be.
   *
   * @param observed everything in the kernel's tables, ours and everybody's
   * @param owned what we wrote earlier, by which our rules in everybody's chains are recognised
   * @param desired what should be ours now
   */
  public static Plan between(Tables observed, Ruleset owned, Ruleset desired) {
    return new Plan(new Difference(observed, owned, desired).changes());
  }

  /** How many of them a packet could notice; whose a table is, it can't. */
  public int changesOfRules() {
    return (int)
        changes.stream().filter(change -> !(change instanceof NftChange.ClaimTable)).count();
  }

  /** Whether everything is as it should be. */
  public boolean isEmpty() {
    return changes.isEmpty();
  }

  /**
   * What the tables hold once this is done. Nothing is changed anywhere: the answer of a dry run.
   *
   * @throws IllegalStateException if the kernel would refuse a step: a rule that is not there, a
   *     jump to a chain that is not there, a chain removed that something still jumps to
   */
  public Tables appliedTo(Tables tables) {
    WorkingCopy iptables = new WorkingCopy(tables);
    iptables.apply(changes(Change.OfIptables.class));
    NftWorkingCopy nftables = new NftWorkingCopy(tables);
    nftables.apply(changes(NftChange.class));
    return new Tables(tables.family(), iptables.chains(), nftables.tables());
  }

  /** Neither kind of table refers to the other. */
  private <C extends Change> List<C> changes(Class<C> kind) {
    return changes.stream().filter(kind::isInstance).map(kind::cast).toList();
  }
}
