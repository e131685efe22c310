package dev.hairpin.agent.reconcile;

import dev.hairpin.rules.layouts.UsersChain;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.Plan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is ours of one family's rules when a plan is carried out, as it is put on record.
 *
 * @param meanwhile while it is: a change that breaks off leaves the old rules or the new
 * @param afterwards once it is
 */
record Ownership(OwnedRules meanwhile, OwnedRules afterwards) {
  /**
   * Decides it from the plan, before anything is written.
   *
   * @param observed what is in force before
   * @param owned what of that is ours
   * @param desired what the plan leads to
   */
  static Ownership after(Plan plan, Tables observed, Ruleset owned, Ruleset desired) {
    Map<String, Policy> policies = policiesAfter(plan, OwnedRules.policies(owned));
    Set<String> made = madeAfter(plan, owned, desired);
    List<Chain> users = userChainsAfter(plan, owned, desired);
    Ruleset ours = UsersChain.withoutJumpOfOthers(desired, observed, owned);
    Ruleset either = OwnedRules.withUserChains(OwnedRules.union(owned, ours), users);
    OwnedRules meanwhile = OwnedRules.of(either, policies, made);
    policies.keySet().retainAll(desired.hooks().stream().map(OwnedRules::key).toList());
    Ruleset written = OwnedRules.withUserChains(ours, users);
    return new Ownership(meanwhile, OwnedRules.of(written, policies, made));
  }

  /** A policy that was there before us is not ours to take back. */
  private static Map<String, Policy> policiesAfter(Plan plan, Map<String, Policy> owned) {
    Map<String, Policy> policies = new HashMap<>(owned);
    for (Change change : plan.changes()) {
      if (change instanceof Change.SetPolicy set) {
        policies.put(set.table().keyword() + " " + set.hook().name(), set.policy());
      }
    }
    return policies;
  }

  /** A chain of the user's that was there before us is not ours to take away. */
  private static Set<String> madeAfter(Plan plan, Ruleset owned, Ruleset desired) {
    Set<String> made = new HashSet<>();
    owned.userChains().forEach(chain -> made.add(OwnedRules.key(chain)));
    for (Chain chain : desired.userChains()) {
      if (plan.changes().contains(new Change.WriteChain(chain))) {
        made.add(OwnedRules.key(chain));
      }
    }
    return made;
  }

  /**
   * The user's chains as we made them, whatever another layout would put into new ones: by that it
   * is seen whether the user ever used them.
   */
  private static List<Chain> userChainsAfter(Plan plan, Ruleset owned, Ruleset desired) {
    List<Chain> chains =
        new ArrayList<>(
            owned.userChains().stream()
                .filter(chain ->
                    desired.userChains().stream()
                        .filter(next -> OwnedRules.isSame(chain, next))
                        .noneMatch(next -> plan.changes().contains(new Change.WriteChain(next))))
                .toList());
    desired.userChains().stream()
        .filter(chain -> chains.stream().noneMatch(other -> OwnedRules.isSame(chain, other)))
        .forEach(chains::add);
    return chains;
  }
}
