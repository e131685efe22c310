package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * The rules as the tools of this host show and change them: iptables' tables with iptables, those
 * of nftables' own with nft. A tool is only run, and needed, where there is something for it to do.
 */
public final class KernelFirewall implements Firewall {
  private final IptablesFirewall iptables;
  private final NftFirewall nftables;

  /** One that owns no table. */
  public KernelFirewall(CommandRunner commands) {
    this(
        commands,
        () -> {
          throw new IOException("it owns no tables");
        });
  }

  /**
   * One that owns tables where that is possible.
   *
   * @param owner what tables are owned with; only opened when that is asked for
   */
  public KernelFirewall(CommandRunner commands, NftContext.Opener owner) {
    requireNonNull(commands, "commands");
    this.iptables = new IptablesFirewall(commands);
    this.nftables = new NftFirewall(commands, owner);
  }

  @Override
  public Tables observe(Family family, Set<String> nftTables) throws FirewallException {
    if (nftTables.isEmpty()) {
      return new Tables(family, iptables.observe(family));
    }
    // Who has rules of nftables' own may well do without iptables, and has none of its tables.
    List<Chain> chains = iptables.isInstalled() ? iptables.observe(family) : List.of();
    return new Tables(family, chains, nftables.observe(family, nftTables));
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
        case Change.OfIptables first -> iptables.apply(family, as(Change.OfIptables.class, same));
        case NftChange first -> nftables.apply(family, as(NftChange.class, same));
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
