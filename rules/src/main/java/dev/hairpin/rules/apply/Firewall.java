package dev.hairpin.rules.apply;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.util.Set;

/**
 * The kernel's rules of one network namespace. Safe for use by one thread at a time: a plan is only
 * good for the tables that it was made from.
 */
public interface Firewall {
  /**
   * Reads everything that is in iptables' tables, ours and everybody's, and some of nftables' own.
   * Where some of these are asked for, a host without iptables has none of its tables.
   *
   * @param nftTables the names of those of nftables' own tables that are read; one that is not
   *     there is no error
   * @throws FirewallException if it can't be read
   */
  Tables observe(Family family, Set<String> nftTables) throws FirewallException;

  /**
   * Reads everything that is in iptables' tables.
   *
   * @throws FirewallException if it can't be read
   */
  default Tables observe(Family family) throws FirewallException {
    return observe(family, Set.of());
  }

  /**
   * Reads everything that packets of a family meet: all that is in iptables' tables, and all of
   * nftables' own. Where one of the tools is missing there is nothing of its kind.
   *
   * @throws FirewallException if it can't be read
   */
  Tables observeAll(Family family) throws FirewallException;

  /**
   * Whether nftables' own tables can be read. They can't where nft is missing or was built without
   * JSON, nor where the kernel has no nftables.
   *
   * @throws FirewallException if that can't be found out
   */
  boolean canReadNftables() throws FirewallException;

  /**
   * Whether tables of nftables' own can belong to this process alone, and stay in force when it
   * ends ({@link NftTable#OWNED}): nft and the kernel have to know how. It is found out once, and
   * from then on such tables may be planned.
   *
   * @throws FirewallException if it can't be found out now
   */
  boolean canOwnTables() throws FirewallException;

  /**
   * Whether rules in iptables can ask for the label of a connection. They can't where iptables or
   * the kernel was built without it ({@code xt_connlabel}).
   *
   * @throws FirewallException if that can't be found out
   */
  boolean canAskForLabels() throws FirewallException;

  /**
   * Carries a plan out. Nothing is run for an empty plan.
   *
   * @throws FirewallException if the kernel refuses it. A table changes whole or not at all: the
   *     one that was refused, and those that come after it in the plan, are what they were
   */
  void apply(Family family, Plan plan) throws FirewallException;
}
