package dev.hairpin.rules.apply;

import static java.util.stream.Collectors.joining;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.plan.Plan;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A kernel in memory. It refuses what the kernel refuses (a jump to a chain that is not there, the
 * deletion of a rule that is not there or of a chain that is still jumped to), and then keeps what
 * it had.
 */
public final class FakeFirewall implements Firewall {
  private final Map<Family, Tables> tables = new EnumMap<>(Family.class);
  private int changes;
  private boolean ownsTables;

  /** A kernel whose tables nobody has touched. */
  public FakeFirewall() {
    for (Family family : Family.values()) {
      tables.put(family, Tables.empty(family));
    }
  }

  /**
   * Puts what {@code iptables-save} would print in place of all that is in iptables' tables, as
   * others might.
   */
  public synchronized void restore(Family family, String text) {
    List<Chain> chains = IptablesText.parse(family, text).chains();
    tables.put(family, new Tables(family, chains, tables.get(family).nftTables()));
  }

  /** Puts these in place of all of nftables' own tables, as others might. */
  public synchronized void restore(Family family, List<NftTable> nftTables) {
    tables.put(family, new Tables(family, tables.get(family).chains(), nftTables));
  }

  /** Lets tables be owned from here on. */
  public synchronized void ownsTables() {
    ownsTables = true;
  }

  /** The owner's socket is closed. */
  public synchronized void ownerEnds() {
    tables.replaceAll((family, all) ->
        new Tables(
            family, all.chains(), all.nftTables().stream().map(FakeFirewall::orphaned).toList()));
  }

  private static NftTable orphaned(NftTable table) {
    Set<NftTable.Flag> flags =
        table.flags().contains(NftTable.Flag.OWNER) ? NftTable.ORPHAN : table.flags();
    return new NftTable(
        table.family(),
        table.inet(),
        table.name(),
        flags,
        table.maps(),
        table.portSets(),
        table.chains(),
        table.others());
  }

  /** How many plans were carried out that changed something. */
  public synchronized int changes() {
    return changes;
  }

  @Override
  public synchronized Tables observe(Family family, Set<String> nftTables) {
    Tables all = tables.get(family);
    return new Tables(
        family,
        all.chains(),
        all.nftTables().stream().filter(table -> nftTables.contains(table.name())).toList());
  }

  @Override
  public synchronized Tables observeAll(Family family) {
    return tables.get(family);
  }

  @Override
  public Tables observe(Family family) {
    return observe(family, Set.of());
  }

  @Override
  public boolean canReadNftables() {
    return true;
  }

  @Override
  public synchronized boolean canOwnTables() {
    return ownsTables;
  }

  @Override
  public boolean canAskForLabels() {
    return true;
  }

  @Override
  public synchronized void apply(Family family, Plan plan) throws FirewallException {
    if (plan.isEmpty()) {
      return;
    }
    try {
      tables.put(family, plan.appliedTo(tables.get(family)));
    } catch (IllegalStateException e) {
      throw new FirewallException("change the " + family + " rules: " + e.getMessage(), e);
    }
    changes++;
  }

  /** As {@code iptables-save} and {@code nft list ruleset} print it. */
  @Override
  public synchronized String toString() {
    return Stream.of(Family.values())
        .map(tables::get)
        .map(all -> IptablesText.print(all) + NftText.print(all.nftTables()))
        .collect(joining());
  }
}
