package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import java.util.List;
import java.util.Set;

/**
 * The rules as the tools of this host show and change them: iptables' tables with iptables, those
 * of nftables' own with nft. A tool is only run, and needed, where there is something for it to do.
 */
public final class KernelFirewall implements Firewall {
  private final IptablesFirewall iptables;
  private final NftFirewall nftables;
  private final RememberedTables remembered;

  /** One that owns no table, and reads everything each time that it is asked. */
  public KernelFirewall(CommandRunner commands) {
    this(commands, NftContext.Opener.NONE, RulesetGeneration.UNKNOWN);
  }

  /**
   * One that owns tables where that is possible, and reads only what may have changed.
   *
   * @param owner what tables are owned with; only opened when that is asked for
   * @param generation of the network namespace in which the commands run
   */
  public KernelFirewall(
      CommandRunner commands, NftContext.Opener owner, RulesetGeneration generation) {
    requireNonNull(commands, "commands");
    requireNonNull(owner, "owner");
    requireNonNull(generation, "generation");
    this.iptables = new IptablesFirewall(commands);
    this.nftables = new NftFirewall(commands, owner);
    this.remembered = new RememberedTables(generation, iptables::isCountedByNftables);
  }

  @Override
  public Tables observe(Family family, Set<String> nftTables) throws FirewallException {
    return remembered.recall(family, nftTables, () -> read(family, nftTables));
  }

  private Tables read(Family family, Set<String> nftTables) throws FirewallException {
    if (nftTables.isEmpty()) {
      return new Tables(family, iptables.observe(family));
    }
    // Who has rules of nftables' own may well do without iptables, and has none of its tables.
    List<Chain> chains = iptables.isInstalled() ? iptables.observe(family) : List.of();
    return new Tables(family, chains, nftables.observe(family, nftTables));
  }

  @Override
  public Tables observeAll(Family family) throws FirewallException {
    boolean hasIptables = iptables.isInstalled();
    return new Tables(
        family,
        hasIptables ? iptables.observe(family) : List.of(),
        nftables.canRead()
            ? nftables.observeAll(family, hasIptables && iptables.isCountedByNftables(family))
            : List.of());
  }

  @Override
  public boolean canReadNftables() throws FirewallException {
    return nftables.canRead();
  }

  @Override
  public boolean canOwnTables() throws FirewallException {
    return nftables.canOwnTables();
  }

  @Override
  public boolean canAskForLabels() throws FirewallException {
    return iptables.canAskForLabels();
  }

  /** Consecutive changes of one kind are one process. */
  @Override
  public void apply(Family family, Plan plan) throws FirewallException {
    List<Change> rest = plan.changes();
    while (!rest.isEmpty()) {
      int run = lengthOfRun(rest);
      List<Change> same = rest.subList(0, run);
      switch (rest.getFirst()) {
        case Change.OfIptables first -> {
          // One transaction for each table, and each rule in the kernel's words.
          remembered.forget();
          iptables.apply(family, as(Change.OfIptables.class, same));
        }
        case NftChange first -> {
          List<NftChange> changes = as(NftChange.class, same);
          remembered.change(family, changes, () -> nftables.apply(family, changes));
        }
      }
      rest = rest.subList(run, rest.size());
    }
  }

  private static int lengthOfRun(List<Change> changes) {
    boolean ofNftables = changes.getFirst() instanceof NftChange;
    int length = 1;
    while (length < changes.size() && (changes.get(length) instanceof NftChange) == ofNftables) {
      length++;
    }
    return length;
  }

  private static <C extends Change> List<C> as(Class<C> kind, List<Change> changes) {
    return changes.stream().map(kind::cast).toList();
  }
}
