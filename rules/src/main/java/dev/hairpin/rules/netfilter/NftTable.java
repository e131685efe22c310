package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A table of nftables' own, with all that is in it. Who made it owns it whole.
 *
 * @param family whose packets are looked at
 * @param inet whether it is a table of both families, of which this is one family's view
 * @param flags those that say whose it is
 * @param maps from interfaces to chains, in the order in which they are listed
 * @param portSets in the order in which they are listed
 * @param chains in the order in which they are listed
 * @param others what else there is, in the words of {@code nft -j}: sets, maps of other kinds,
 *     chains at other hooks, other flags of the table such as {@code dormant}
 */
public record NftTable(
    Family family,
    boolean inet,
    String name,
    Set<Flag> flags,
    List<InterfaceMap> maps,
    List<PortSet> portSets,
    List<NftChain> chains,
    List<String> others) {
  /** Whose a table is, as the kernel sees it. */
  public enum Flag {
    /**
     * It belongs to the netlink socket that made or claimed it. What others want to change in it is
     * refused (EPERM), and their {@code flush ruleset} passes it by (Linux 5.12).
     */
    OWNER,
    /**
     * It stays in force when its owner's socket is closed, with {@link #OWNER} taken off: anybody
     * may change it then, or claim it (Linux 6.9). A table has it from the beginning or never.
     */
    PERSIST;

    /** {@code owner}. */
    public String keyword() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Those of a table that nobody but its writer changes, and that outlives its writer. */
  public static final Set<Flag> OWNED = Set.of(Flag.OWNER, Flag.PERSIST);

  /** Those of such a table whose writer has ended. */
  public static final Set<Flag> ORPHAN = Set.of(Flag.PERSIST);

  public NftTable {
    requireNonNull(family, "family");
    requireNonNull(name, "name");
    flags = Set.copyOf(flags);
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
    this(family, false, name, Set.of(), maps, portSets, chains, List.of());
  }

  /** The same, without sets of ports. */
  public NftTable(Family family, String name, List<InterfaceMap> maps, List<NftChain> chains) {
    this(family, name, maps, List.of(), chains);
  }

  /** The same table, owned by who writes it. */
  public NftTable owned() {
    return new NftTable(family, inet, name, OWNED, maps, portSets, chains, others);
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
