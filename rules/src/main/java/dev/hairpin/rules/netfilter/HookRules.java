package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * Our part of a base chain, which is everybody's: some rules before what others put there, some
 * after.
 *
 * @param policy the policy we need; empty when it is none of our business
 * @param head come first in the chain, in this order
 * @param tail are appended, in this order
 */
public record HookRules(
    Table table, Hook hook, Optional<Policy> policy, List<Rule> head, List<Rule> tail) {
  public HookRules {
    requireNonNull(table, "table");
    requireNonNull(hook, "hook");
    requireNonNull(policy, "policy");
    head = List.copyOf(head);
    tail = List.copyOf(tail);
  }
}
