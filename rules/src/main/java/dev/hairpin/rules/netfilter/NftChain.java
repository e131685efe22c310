package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * A chain of an {@link NftTable}.
 *
 * @param base where packets come into it; empty for a chain that is only jumped to
 */
public record NftChain(String name, Optional<Base> base, List<Rule> rules) {
  public NftChain {
    requireNonNull(name, "name");
    requireNonNull(base, "base");
    rules = List.copyOf(rules);
  }

  /** A chain that is only jumped to. */
  public static NftChain regular(String name, List<Rule> rules) {
    return new NftChain(name, Optional.empty(), rules);
  }

  /**
   * What makes it a base chain.
   *
   * @param priority among the chains of the hook, lowest first; iptables' tables have priorities
   *     too (netfilter_ipv4.h, nf_ip_hook_priorities)
   */
  public record Base(Type type, Hook hook, int priority, Policy policy) {
    /** raw: before connection tracking. */
    public static final int RAW = -300;

    public static final int DSTNAT = -100;
    public static final int FILTER = 0;
    public static final int SRCNAT = 100;

    /** Behind all others. */
    public static final int LAST = Integer.MAX_VALUE;

    public Base {
      requireNonNull(type, "type");
      requireNonNull(hook, "hook");
      requireNonNull(policy, "policy");
    }
  }

  /** What the rules of a base chain may do. */
  public enum Type {
    FILTER,
    NAT,
    ROUTE
  }
}
