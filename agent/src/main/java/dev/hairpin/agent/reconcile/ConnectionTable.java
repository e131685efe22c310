package dev.hairpin.agent.reconcile;

import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Flows;
import java.util.Collection;

/** The kernel's memory of connections; {@link dev.hairpin.rules.apply.Conntrack} has it. */
@FunctionalInterface
public interface ConnectionTable {
  /**
   * Forgets connections.
   *
   * @return how many there were
   * @throws FirewallException if it can't; trying again does no harm
   */
  long forget(Collection<? extends Flows> flows) throws FirewallException;
}
