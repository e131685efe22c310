package dev.hairpin.rules.iptables;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.netfilter.Ruleset;

/**
 * The rules of dockerd 28.2 to 28.5. A published port takes two: nat DOCKER sends its packets to
 * the container, filter DOCKER lets them pass. Everything else that comes from elsewhere is
 * dropped: what is addressed to a member itself in the raw table, the rest in filter DOCKER.
 * Without a proxy a third one covers the container that dials itself.
 *
 * <p>A binding whose ends are of different families gives no rule, nor does one on an internal
 * network. A container's address that is on none of the state's networks is published without
 * regard to interfaces.
 */
public final class Docker28Layout implements Layout {
  @Override
  public Ruleset rulesFor(DesiredState state, Family family) {
    return state.options().families().contains(family)
        ? new Docker28Rules(state, family).rules()
        : Ruleset.empty(family);
  }
}
