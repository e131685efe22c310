package dev.hairpin.rules.nftables;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.netfilter.Ruleset;

/**
 * Our own rules: a table {@code hairpin} for each family, whose chains stay as they are while ports
 * come and go. A port is an element of a map, and so is a range of them, so what a connection costs
 * does not depend on how many are published, nor does what it takes to publish one more.
 *
 * <p>In two things packets fare otherwise than with dockerd's rules. What a container sends to a
 * published port by way of the host is the proxy's wherever it goes; without a proxy it is
 * translated and seen to come from the bridge, where dockerd's needs br_netfilter. And a
 * container's published port is closed to who addresses the container itself because only what was
 * translated is let in, and not by a rule for each container that every packet of the host has to
 * meet.
 */
public final class HairpinLayout implements Layout {
  /** The name of both tables. */
  public static final String TABLE = "hairpin";

  @Override
  public Ruleset rulesFor(DesiredState state, Family family) {
    return state.options().families().contains(family)
        ? Ruleset.of(new HairpinTable(new FamilyState(state, family)).table())
        : Ruleset.empty(family);
  }
}
