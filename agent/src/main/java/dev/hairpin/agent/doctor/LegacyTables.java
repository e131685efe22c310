package dev.hairpin.agent.doctor;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tables of iptables-legacy that stand beside those over nftables. The kernel asks both at each
 * hook, so they are given as tables of nftables' own with iptables' priorities, called {@code
 * iptables-legacy nat} and so on, in which a packet can be followed. Pure.
 */
public final class LegacyTables {
  private static final String PREFIX = "iptables-legacy ";

  private LegacyTables() {}

  /** What such a table is called. */
  public static String name(Table table) {
    return PREFIX + table.keyword();
  }

  /** Which table of iptables-legacy's that is; empty for one of nftables' own. */
  public static Optional<Table> of(String table) {
    return table.startsWith(PREFIX) ? Table.of(table.substring(PREFIX.length())) : Optional.empty();
  }

  /** Whether they do anything to a packet. */
  static boolean haveRules(Tables legacy) {
    return legacy.chains().stream()
        .anyMatch(chain ->
            !chain.rules().isEmpty() || chain.policy().filter(Policy.DROP::equals).isPresent());
  }

  /** The same tables with those of iptables-legacy beside them. */
  static Tables beside(Tables tables, Tables legacy) {
    Map<Table, List<Chain>> byTable =
        legacy.chains().stream().collect(groupingBy(Chain::table, LinkedHashMap::new, toList()));
    Stream<NftTable> theirs =
        byTable.entrySet().stream()
            .map(entry ->
                new NftTable(
                    tables.family(),
                    name(entry.getKey()),
                    List.of(),
                    entry.getValue().stream().map(LegacyTables::chain).toList()));
    return new Tables(
        tables.family(),
        tables.chains(),
        Stream.concat(tables.nftTables().stream(), theirs).toList());
  }

  private static NftChain chain(Chain chain) {
    Optional<NftChain.Base> base =
        chain
            .policy()
            .flatMap(policy ->
                chain.table().hooks().stream()
                    .filter(hook -> hook.name().equals(chain.name()))
                    .findFirst()
                    .map(hook ->
                        new NftChain.Base(
                            chain.table() == Table.NAT ? NftChain.Type.NAT : NftChain.Type.FILTER,
                            hook,
                            priority(chain.table(), hook),
                            policy)));
    return new NftChain(chain.name(), base, chain.rules());
  }

  /** netfilter_ipv4.h, nf_ip_hook_priorities. */
  private static int priority(Table table, Hook hook) {
    return switch (table) {
      case RAW -> NftChain.Base.RAW;
      case MANGLE -> -150;
      case NAT ->
          Set.of(Hook.PREROUTING, Hook.OUTPUT).contains(hook)
              ? NftChain.Base.DSTNAT
              : NftChain.Base.SRCNAT;
      case FILTER -> NftChain.Base.FILTER;
      case SECURITY -> 50;
    };
  }
}
