package dev.hairpin.rules.iptables;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.netfilter.Ruleset;

/**
 * Rules beside a dockerd that writes its own, whichever its generation: chains HAIRPIN,
 * HAIRPIN-FORWARD and HAIRPIN-POSTROUTING. In chains of others there is nothing of ours but the
 * jumps into these. Filtering hangs in DOCKER-USER, which dockerd leaves to its users and keeps
 * over a restart.
 *
 * <p>The state should name dockerd's networks too. It is safe: what is written for a network comes
 * into force only where dockerd's rules have not decided. And it is needed, so that containers on
 * them are answered by the proxy where DNAT would lead them into dockerd's isolation.
 */
public final class BesideLayout implements Layout {
  @Override
  public Ruleset rulesFor(DesiredState state, Family family) {
    return state.options().families().contains(family)
        ? new BesideDockerd(new FamilyState(state, family)).rules()
        : Ruleset.empty(family);
  }
}
