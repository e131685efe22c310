package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import java.util.List;
import java.util.Optional;

/**
 * A table of nftables' own, with all that is in it. Who made it owns it whole.
 *
 * @param family whose packets are looked at
 * @param inet whether it is a table of both families, of which this is one family's view
 * @param maps from interfaces to chains, in the order in which they are listed
 * @param portSets in the order in which they are listed
 * @param chains in the order in which they are listed
 * @param others what else there is, in the words of {@code nft -j}: sets, maps of other kinds,
 *     chains at other hooks, flags of the table such as {@code dormant}
 */
public record NftTable(
    Family family,
    boolean inet,
    String name,
    List<InterfaceMap> maps,
    List<PortSet> portSets,
    List<NftChain> chains,
    List<String> others) {
  public NftTable {
    requireNonNull(family, "family");
    requireNonNull(name, "name");
    maps = List.copyOf(maps);
    portSets = List.copyOf(portSets);
    chains = List.copyOf(chains);
    others = List.copyOf(others);
  }

  /** A table of one family, all of which we can say. */
  public NftTable(
      Family family,
      String name,
      List<InterfaceMap> maps,
      List<PortSet> portSets,
      List<NftChain> chains) {
    this(family, false, name, maps, portSets, chains, List.of());
  }

  /** The same, without sets of ports. */
  public NftTable(Family family, String name, List<InterfaceMap> maps, List<NftChain> chains) {
    this(family, name, maps, List.of(), chains);
  }

  /** As nft calls its family: {@code ip}, {@code ip6} or {@code inet}. */
  public String familyKeyword() {
    return inet ? "inet" : family.keyword();
  }

  public Optional<NftChain> chain(String chain) {
    return chains.stream().filter(each -> each.name().equals(chain)).findFirst();
  }

  public Optional<PortSet> portSet(String set) {
    return portSets.stream().filter(each -> each.name().equals(set)).findFirst();
  }

  public Optional<InterfaceMap> map(String map) {
    return maps.stream().filter(each -> each.name().equals(map)).findFirst();
  }
}
