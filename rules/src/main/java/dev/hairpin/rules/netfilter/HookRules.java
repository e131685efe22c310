package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Our part of a chain that is everybody's: some rules before what others put there, some after. The
 * chain is a base chain, or one that another program leaves to its users, as dockerd leaves
 * DOCKER-USER.
 *
 * @param policy the policy we need; empty when it is none of our business, and in a chain that is
 *     not a base chain
 * @param head come first in the chain, in this order
 * @param tail come last, in this order; but in front of a RETURN that takes every packet, because
 *     behind it no packet would see them
 */
public record HookRules(
    Table table, String chain, Optional<Policy> policy, List<Rule> head, List<Rule> tail) {
  public HookRules {
    requireNonNull(table, "table");
    requireNonNull(chain, "chain");
    requireNonNull(policy, "policy");
    head = List.copyOf(head);
    tail = List.copyOf(tail);
  }

  /** Our part of a base chain whose policy we leave alone. */
  public static HookRules at(Table table, Hook hook, List<Rule> head, List<Rule> tail) {
    return new HookRules(table, hook.name(), Optional.empty(), head, tail);
  }

  public HookRules withPolicy(Optional<Policy> wanted) {
    return new HookRules(table, chain, wanted, head, tail);
  }

  /** All our rules in this chain, in order. */
  public Stream<Rule> rules() {
    return Stream.concat(head.stream(), tail.stream());
  }
}
