package dev.hairpin.rules.layouts;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.iptables.BesideFilter;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.nftables.BesideTable;

/**
 * Rules beside a dockerd that writes its own in iptables, with ports that are elements of maps: a
 * table {@code hairpin} of our own translates, and labels the connections that it does so for, by
 * which one rule in iptables lets them in. However many ports there are, there are as many rules.
 *
 * <p>The state should name dockerd's networks too, as for {@link
 * dev.hairpin.rules.iptables.BesideLayout}. Packets fare as with that one, but what containers send
 * to published ports is the proxy's wherever it goes, as in the layout {@code hairpin}; and where
 * there is none, other networks' containers reach published ports too, and so do members that may
 * not talk to each other otherwise.
 */
public final class BesideHairpinLayout implements Layout {
  @Override
  public Ruleset rulesFor(DesiredState wanted, Family family) {
    if (!wanted.options().families().contains(family)) {
      return Ruleset.empty(family);
    }
    FamilyState state = new FamilyState(wanted, family);
    return BesideFilter.forOurConnections(state).with(BesideTable.of(state));
  }
}
