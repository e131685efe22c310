package dev.hairpin.rules.layouts;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * DOCKER-USER, which dockerd makes for rules of the user's and asks before its own. A layout that
 * has none, such as nftables', may follow one that had; what the user put there must not go out of
 * force then, nor be asked after rules of ours.
 */
public final class UsersChain {
  private static final String NAME = "DOCKER-USER";

  private static final Rule JUMP =
      Rule.rule(Reason.of("without it, the user's own rules are not asked first"))
          .then(Action.jump(NAME));
  private static final Rule END = Rule.of(List.of(), Action.returnToCaller());

  private UsersChain() {}

  /** The wanted rules, with the jump to the user's rules in front where there are some. */
  public static Ruleset keptInForce(Ruleset wanted, Tables observed) {
    boolean isUsed =
        observed.rules(Table.FILTER, NAME).stream().anyMatch(rule -> !rule.equals(END))
            && observed.rules(Table.FILTER, Hook.FORWARD.name()).contains(JUMP);
    Optional<HookRules> forward = wanted.hook(Table.FILTER, Hook.FORWARD);
    if (!isUsed || forward.filter(UsersChain::hasJump).isPresent()) {
      return wanted;
    }
    return withHead(wanted, withJump(forward.map(HookRules::head).orElse(List.of())));
  }

  /**
   * What of the wanted rules is ours, once they are written: not the jump that somebody else had
   * made before, and that has to be there after us.
   *
   * @param observed before they are written
   * @param owned what of that is ours
   */
  public static Ruleset withoutJumpOfOthers(Ruleset wanted, Tables observed, Ruleset owned) {
    Optional<HookRules> forward = wanted.hook(Table.FILTER, Hook.FORWARD);
    boolean isOthers =
        observed.rules(Table.FILTER, Hook.FORWARD.name()).contains(JUMP)
            && owned.hook(Table.FILTER, Hook.FORWARD).filter(UsersChain::hasJump).isEmpty();
    return isOthers && forward.filter(UsersChain::hasJump).isPresent()
        ? withHead(
            wanted, forward.get().head().stream().filter(rule -> !rule.equals(JUMP)).toList())
        : wanted;
  }

  private static Ruleset withHead(Ruleset rules, List<Rule> head) {
    Optional<HookRules> forward = rules.hook(Table.FILTER, Hook.FORWARD);
    List<HookRules> hooks = new ArrayList<>(rules.hooks());
    forward.ifPresent(hooks::remove);
    hooks.add(
        new HookRules(
            Table.FILTER,
            Hook.FORWARD.name(),
            forward.flatMap(HookRules::policy),
            head,
            forward.map(HookRules::tail).orElse(List.of())));
    return new Ruleset(
        rules.family(), rules.chains(), rules.userChains(), hooks, rules.nftTables());
  }

  private static boolean hasJump(HookRules forward) {
    return forward.rules().anyMatch(JUMP::equals);
  }

  private static List<Rule> withJump(List<Rule> head) {
    List<Rule> rules = new ArrayList<>(head);
    rules.addFirst(JUMP);
    return rules;
  }
}
