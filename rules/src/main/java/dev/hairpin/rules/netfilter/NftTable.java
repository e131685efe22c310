package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import java.util.List;
import java.util.Optional;

/**
 * A table of nftables' own, with all that is in it. Who made it owns it whole.
 *
 * @param maps in the order in which they are listed
 * @param chains in the order in which they are listed
 */
public record NftTable(Family family, String name, List<InterfaceMap> maps, List<NftChain> chains) {
  public NftTable {
    requireNonNull(family, "family");
    requireNonNull(name, "name");
    maps = List.copyOf(maps);
    chains = List.copyOf(chains);
  }

  public Optional<NftChain> chain(String chain) {
    return chains.stream().filter(each -> each.name().equals(chain)).findFirst();
  }

  public Optional<InterfaceMap> map(String map) {
    return maps.stream().filter(each -> each.name().equals(map)).findFirst();
  }
}
