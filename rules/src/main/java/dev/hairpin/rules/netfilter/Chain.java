package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * A chain and all its rules.
 *
 * @param policy of a base chain; empty for a chain that is only jumped to
 */
public record Chain(Table table, String name, Optional<Policy> policy, List<Rule> rules) {
  public Chain {
    requireNonNull(table, "table");
    requireNonNull(name, "name");
    requireNonNull(policy, "policy");
    rules = List.copyOf(rules);
  }

  /** A chain that is only jumped to. */
  public static Chain regular(Table table, String name, List<Rule> rules) {
    return new Chain(table, name, Optional.empty(), rules);
  }

  public boolean isBase() {
    return policy.isPresent();
  }
}
