package dev.hairpin.rules.nftables;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.netfilter.Ruleset;

/**
 * The rules of dockerd 29 with its nftables backend: a table {@code docker-bridges} for each
 * family, in which maps lead from the name of a bridge to the chains of its network. Packets that
 * have nothing to do with a bridge meet two look-ups and no more.
 *
 * <p>Nothing here depends on what {@code DOCKER_INSECURE_NO_IPTABLES_RAW} says, and no forwarded
 * packet is dropped that does not go to a bridge: the engine leaves both to iptables.
 */
public final class Docker29NftLayout implements Layout {
  /** The name of both tables. */
  public static final String TABLE = "docker-bridges";

  @Override
  public Ruleset rulesFor(DesiredState state, Family family) {
    return state.options().families().contains(family)
        ? Ruleset.of(new DockerBridges(new FamilyState(state, family)).table())
        : Ruleset.empty(family);
  }
}
