package dev.hairpin.rules.iptables;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.netfilter.Ruleset;

/**
 * The rules of dockerd 29 with its iptables backend: those of {@link Docker28Layout}, but networks
 * are no longer kept apart where something is published. A member of one network reaches what
 * another publishes as everybody does.
 *
 * <p>One line can differ from dockerd's. It deletes the rule for {@code --bridge-accept-fwmark},
 * which all networks share, when one of them is removed, and the others lose it until the next
 * start; here it stays.
 */
public final class Docker29Layout implements Layout {
  @Override
  public Ruleset rulesFor(DesiredState state, Family family) {
    return state.options().families().contains(family)
        ? new Docker29Rules(state, family).rules()
        : Ruleset.empty(family);
  }
}
