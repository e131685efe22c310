package dev.hairpin.rules.iptables;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.netfilter.Ruleset;

/**
 * The rules of dockerd 20.10 to 27. A published port takes three: nat DOCKER sends its packets to
 * the container, filter DOCKER lets them pass, and a masquerade covers the container that dials
 * itself.
 *
 * <p>Of the gateway modes 27 knows {@code nat} and {@code routed}; the others are taken for {@code
 * nat}. 20.10 is told by its lack of a DOCKER-USER in IPv6: it closes internal networks there in
 * the words of IPv4, which also drop link-local packets among their members, as far as bridged
 * packets are filtered.
 *
 * <p>A binding whose ends are of different families gives no rule, nor does one on an internal
 * network. A container's address that is on none of the state's networks is published without
 * regard to interfaces.
 */
public final class Docker20Layout implements Layout {
  @Override
  public Ruleset rulesFor(DesiredState state, Family family) {
    return state.options().families().contains(family)
        ? new Docker20Rules(state, family).rules()
        : Ruleset.empty(family);
  }
}
