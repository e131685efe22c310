package dev.hairpin.rules.apply;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;

/**
 * The kernel's rules of one network namespace. Safe for use by one thread at a time: a plan is only
 * good for the tables that it was made from.
 */
public interface Firewall {
  /**
   * Reads everything that is there, ours and everybody's.
   *
   * @throws FirewallException if it can't be read
   */
  Tables observe(Family family) throws FirewallException;

  /**
   * Carries a plan out. Nothing is run for an empty plan.
   *
   * @throws FirewallException if the kernel refuses it. A table changes whole or not at all: the
   *     one that was refused, and those that come after it in the plan, are what they were
   */
  void apply(Family family, Plan plan) throws FirewallException;
}
