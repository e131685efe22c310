package dev.hairpin.rules.trace;

import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.Optional;

/** A chain that a hook calls, of either kind of table. */
record BaseChain(Scope scope, String name, int priority, boolean translates, Policy policy) {
  /** iptables' chain of a table at a hook; empty when the table isn't in use. */
  static Optional<BaseChain> of(Tables tables, Table table, Hook hook) {
    return tables
        .chain(table, hook.name())
        .map(chain ->
            new BaseChain(
                new Scope.OfIptables(tables, table),
                chain.name(),
                priority(table, hook),
                table == Table.NAT,
                policy(chain)));
  }

  /** A chain of a table of nftables' own; empty when it isn't at this hook. */
  static Optional<BaseChain> of(NftTable table, NftChain chain, Hook hook) {
    return chain
        .base()
        .filter(base -> base.hook() == hook)
        .map(base ->
            new BaseChain(
                new Scope.OfNftables(table),
                chain.name(),
                base.priority(),
                base.type() == NftChain.Type.NAT,
                base.policy()));
  }

  boolean isOfNftables() {
    return switch (scope) {
      case Scope.OfNftables nftables -> true;
      case Scope.OfIptables iptables -> false;
    };
  }

  private static Policy policy(Chain chain) {
    return chain.policy().orElse(Policy.ACCEPT);
  }

  /** netfilter_ipv4.h and netfilter_ipv6.h, nf_ip_hook_priorities. */
  private static int priority(Table table, Hook hook) {
    return switch (table) {
      case RAW -> NftChain.Base.RAW;
      case MANGLE -> -150;
      case NAT -> natPriority(hook);
      case FILTER -> NftChain.Base.FILTER;
      case SECURITY -> 50;
    };
  }

  /** Where the kernel translates, at each hook: destinations first, sources last. */
  static int natPriority(Hook hook) {
    return switch (hook) {
      case PREROUTING, OUTPUT -> NftChain.Base.DSTNAT;
      case INPUT, POSTROUTING -> NftChain.Base.SRCNAT;
      case FORWARD -> throw new IllegalArgumentException("nothing is translated at " + hook);
    };
  }
}
