package dev.hairpin.rules.plan;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Works out what to change in nftables' own tables. A table that we want is ours, whoever made it.
 * In which order its chains and maps are listed is nothing that a packet could notice, and stays.
 */
final class NftDifference {
  private final Tables observed;
  private final Ruleset owned;
  private final Ruleset desired;

  NftDifference(Tables observed, Ruleset owned, Ruleset desired) {
    this.observed = observed;
    this.owned = owned;
    this.desired = desired;
  }

  /** What makes the wanted tables right. */
  List<Change> writings() {
    return desired.nftTables().stream()
        .flatMap(wanted ->
            observed
                .nftTable(wanted.name())
                .map(present -> changes(present, wanted))
                .orElseGet(() -> Stream.of(new NftChange.WriteTable(wanted))))
        .toList();
  }

  /** What takes our unwanted tables away. */
  List<Change> deletions() {
    Set<String> wanted = desired.nftTables().stream().map(NftTable::name).collect(toSet());
    return owned.nftTables().stream()
        .map(NftTable::name)
        .filter(name -> !wanted.contains(name) && observed.nftTable(name).isPresent())
        .<Change>map(NftChange.DeleteTable::new)
        .toList();
  }

  private static Stream<Change> changes(NftTable present, NftTable wanted) {
    String table = wanted.name();
    if (!isSameFrame(present, wanted)) {
      Change written = new NftChange.WriteTable(wanted);
      // One that was to persist can't be declared again as one that is not.
      return present.flags().contains(NftTable.Flag.PERSIST)
          ? Stream.of(new NftChange.DeleteTable(table), written)
          : Stream.of(written);
    }
    Stream<Change> claimed =
        isToBeClaimed(present, wanted)
            ? Stream.of(new NftChange.ClaimTable(table))
            : Stream.empty();
    Stream<Change> written =
        wanted.chains().stream()
            .filter(chain -> !present.chain(chain.name()).equals(Optional.of(chain)))
            .map(chain -> new NftChange.WriteChain(table, chain));
    Stream<Change> jumps =
        wanted.maps().stream()
            .flatMap(map -> jumps(table, present.map(map.name()).orElseThrow(), map));
    Stream<Change> ports =
        wanted.portSets().stream()
            .flatMap(set -> ports(table, present.portSet(set.name()).orElseThrow(), set));
    // A chain can only go when nothing leads to it any more.
    Stream<Change> deleted =
        present.chains().stream()
            .filter(chain -> wanted.chain(chain.name()).isEmpty())
            .map(chain -> new NftChange.DeleteChain(table, chain.name()));
    return Stream.of(claimed, written, jumps, ports, deleted).flatMap(changes -> changes);
  }

  /**
   * Whether one can be made of the other step by step: it can be had by who shall own it, the maps
   * are the same, no base chain is to move to another place, and there is nothing in the table that
   * we have no words for.
   */
  private static boolean isSameFrame(NftTable present, NftTable wanted) {
    return present.others().isEmpty()
        && present.inet() == wanted.inet()
        && canBelong(present, wanted)
        && names(present).equals(names(wanted))
        && kinds(present).equals(kinds(wanted))
        && wanted.chains().stream()
            .allMatch(chain ->
                present
                    .chain(chain.name())
                    .map(NftChain::base)
                    .filter(base -> !base.equals(chain.base()))
                    .isEmpty());
  }

  /** Where nobody shall own it, what it was to an earlier writer is no matter. */
  private static boolean canBelong(NftTable present, NftTable wanted) {
    return wanted.flags().isEmpty()
        || present.flags().equals(wanted.flags())
        || isToBeClaimed(present, wanted);
  }

  private static boolean isToBeClaimed(NftTable present, NftTable wanted) {
    return wanted.flags().equals(NftTable.OWNED) && present.flags().equals(NftTable.ORPHAN);
  }

  private static Set<String> names(NftTable table) {
    return table.maps().stream().map(InterfaceMap::name).collect(toSet());
  }

  private static Map<String, PortSet.Type> kinds(NftTable table) {
    return table.portSets().stream().collect(toMap(PortSet::name, PortSet::type));
  }

  /** What goes makes room for what comes. */
  private static Stream<Change> ports(String table, PortSet present, PortSet wanted) {
    List<PortSet.Element> gone = missing(present, wanted);
    List<PortSet.Element> come = missing(wanted, present);
    Stream<Change> deleted =
        gone.isEmpty()
            ? Stream.empty()
            : Stream.of(new NftChange.DeletePorts(table, wanted.name(), gone));
    Stream<Change> added =
        come.isEmpty()
            ? Stream.empty()
            : Stream.of(new NftChange.AddPorts(table, wanted.name(), come));
    return Stream.concat(deleted, added);
  }

  private static List<PortSet.Element> missing(PortSet from, PortSet in) {
    Set<PortSet.Element> there = Set.copyOf(in.elements());
    return from.elements().stream().filter(element -> !there.contains(element)).toList();
  }

  private static Stream<Change> jumps(String table, InterfaceMap present, InterfaceMap wanted) {
    Stream<Change> deleted =
        missing(present, wanted)
            .map(jump -> new NftChange.DeleteJump(table, wanted.name(), jump.getKey()));
    Stream<Change> added =
        missing(wanted, present)
            .map(jump ->
                new NftChange.AddJump(table, wanted.name(), jump.getKey(), jump.getValue()));
    return Stream.concat(deleted, added);
  }

  /** What one map has and the other hasn't. */
  private static Stream<Map.Entry<String, String>> missing(InterfaceMap from, InterfaceMap in) {
    return from.jumps().entrySet().stream()
        .filter(jump -> !jump.getValue().equals(in.jumps().get(jump.getKey())));
  }
}
