package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What the tables held when they were read last, with what we changed since, for as long as nobody
 * else has changed anything: a table with ten thousand ports takes longer to list and to understand
 * than one more port takes to publish. Not safe for several threads.
 */
final class RememberedTables {
  private final RulesetGeneration generation;
  private final Counting counting;
  private final Map<Asked, Tables> tables = new HashMap<>();
  private OptionalLong of = OptionalLong.empty();

  /** What {@link Firewall#observe} was asked for. */
  private record Asked(Family family, Set<String> nftTables) {
    Asked {
      nftTables = Set.copyOf(nftTables);
    }

    /** The tables after changes of some that may be among those asked for. */
    Tables after(List<NftChange> changes, Tables before) {
      List<Change> seen =
          changes.stream()
              .filter(change -> nftTables.contains(change.table()))
              .map(Change.class::cast)
              .toList();
      return new Plan(seen).appliedTo(before);
    }
  }

  /** How tables are read when they are not known. */
  @FunctionalInterface
  interface Reading {
    Tables read() throws FirewallException;
  }

  /** How changes are made. */
  @FunctionalInterface
  interface Writing {
    void write() throws FirewallException;
  }

  /** Whether the kernel counts every change of a family's tables: not those of iptables-legacy. */
  @FunctionalInterface
  interface Counting {
    boolean isOf(Family family) throws FirewallException;
  }

  RememberedTables(RulesetGeneration generation, Counting counting) {
    this.generation = requireNonNull(generation, "generation");
    this.counting = requireNonNull(counting, "counting");
  }

  /** What is there, read only if it may not be what it was. */
  Tables recall(Family family, Set<String> nftTables, Reading reading) throws FirewallException {
    OptionalLong now = generation.now();
    if (!now.equals(of)) {
      forget();
    }
    Asked asked = new Asked(family, nftTables);
    Tables known = tables.get(asked);
    if (known != null) {
      return known;
    }
    Tables read = reading.read();
    // Others may have changed something before we had read it all.
    if (now.isPresent() && counting.isOf(family) && generation.now().equals(now)) {
      of = now;
      tables.put(asked, read);
    }
    return read;
  }

  /** Changes tables of nftables' own, in one transaction. */
  void change(Family family, List<NftChange> changes, Writing writing) throws FirewallException {
    OptionalLong before = generation.now();
    Map<Asked, Tables> known = before.equals(of) ? Map.copyOf(tables) : Map.of();
    forget();
    writing.write();
    OptionalLong after = generation.now();
    if (isNext(before, after)) {
      of = after;
      known.forEach((asked, were) ->
          tables.put(asked, asked.family() == family ? asked.after(changes, were) : were));
    }
  }

  /** Whether ours was the only transaction in between. */
  private static boolean isNext(OptionalLong before, OptionalLong after) {
    return before.isPresent() && after.isPresent() && after.getAsLong() == before.getAsLong() + 1;
  }

  void forget() {
    tables.clear();
    of = OptionalLong.empty();
  }
}
