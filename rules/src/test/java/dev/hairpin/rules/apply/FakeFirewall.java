package dev.hairpin.rules.apply;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.util.EnumMap;
import java.util.Map;

/**
 * A kernel in memory. It refuses what the kernel refuses (a jump to a chain that is not there, the
 * deletion of a rule that is not there or of a chain that is still jumped to), and then keeps what
 * it had.
 */
public final class FakeFirewall implements Firewall {
  private final Map<Family, Tables> tables = new EnumMap<>(Family.class);
  private int changes;

  /** A kernel whose tables nobody has touched. */
  public FakeFirewall() {
    for (Family family : Family.values()) {
      tables.put(family, Tables.empty(family));
    }
  }

  /** Puts what {@code iptables-save} would print in place of all that is there, as others might. */
  public synchronized void restore(Family family, String text) {
    tables.put(family, IptablesText.parse(family, text));
  }

  /** How many plans were carried out that changed something. */
  public synchronized int changes() {
    return changes;
  }

  @Override
  public synchronized Tables observe(Family family) {
    return tables.get(family);
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

  /** As {@code iptables-save} prints it. */
  @Override
  public synchronized String toString() {
    return IptablesText.print(tables.get(Family.IPV4))
        + IptablesText.print(tables.get(Family.IPV6));
  }
}
