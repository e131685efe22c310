package dev.hairpin.rules;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.netfilter.Ruleset;

/** Turns a desired state into rules. Pure: equal states give equal rules, in the same order. */
public interface Layout {
  /** The rules of one family; empty when the state doesn't ask for that family's tables. */
  Ruleset rulesFor(DesiredState state, Family family);
}
