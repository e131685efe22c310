package dev.hairpin.rules.apply;

import java.util.OptionalLong;

/**
 * The number that the kernel gives to what nf_tables holds, in all its tables and those of
 * iptables-nft: each transaction makes it one more (nf_tables_api.c, nf_tables_commit). While it is
 * the same, no rule and no element was added or taken away.
 */
@FunctionalInterface
public interface RulesetGeneration {
  /** Where nobody can say, as in other network namespaces than our own. */
  RulesetGeneration UNKNOWN = OptionalLong::empty;

  /** Of 32 bits; empty where the kernel doesn't say. */
  OptionalLong now();
}
