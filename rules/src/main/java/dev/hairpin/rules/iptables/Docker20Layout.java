package dev.hairpin.rules.iptables;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.netfilter.Ruleset;

/**
 * The rules of dockerd 20.10 to 27. A published port takes three: nat DOCKER sends its packets to
 * the container, filter DOCKER lets them pass, and a masquerade covers the container that dials
 * itself.
 *
 * <p>A binding whose ends are of different families gives no rule, nor does one on an internal
 * network. A container's address that is on none of the state's networks is published without
 * regard to interfaces. IPv6 has no DOCKER-USER, as in 20.10.
 *
 * <p>With {@link ChainNames#HAIRPIN} the state should name dockerd's networks too. It is safe: what
 * is written for a network comes into force only where dockerd's rules have not decided. And it is
 * needed, so that containers on them are answered by the proxy where DNAT would lead them into
 * dockerd's isolation.
 */
public final class Docker20Layout implements Layout {
  /** As the command line names it. */
  public static final String NAME = "docker20";

  private final ChainNames names;

  public Docker20Layout(ChainNames names) {
    this.names = requireNonNull(names, "names");
  }

  @Override
  public Ruleset rulesFor(DesiredState state, Family family) {
    if (!state.families().contains(family)) {
      return Ruleset.empty(family);
    }
    return switch (names) {
      case DOCKER -> new InsteadOfDockerd(state, family).rules();
      case HAIRPIN -> new BesideDockerd(state, family).rules();
    };
  }
}
