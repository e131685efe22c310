package dev.hairpin.rules.layouts;

import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.List;
import java.util.Optional;

/**
 * In which forms a bridge's rules can be in FORWARD itself. From 28.0.1 on dockerd has them in
 * chains of its own, and what is in FORWARD is the user's; unless an older one, which was there
 * earlier or came later, left its own beside them.
 *
 * @param of27 whether a dockerd up to 27 wrote here
 * @param of28 whether 28.0.0 wrote here
 */
record ForwardForms(boolean of27, boolean of28) {
  static ForwardForms in(Tables observed) {
    List<Rule> forward = observed.rules(Table.FILTER, Hook.FORWARD.name());
    boolean asksIpset = forward.stream().anyMatch(DockerdRules::asksIpset);
    boolean checksPorts = forward.stream().anyMatch(ForwardForms::checksPortsOfOneBridge);
    return new ForwardForms(
        checksPorts || (!asksIpset && isolatesFromForward(observed)), asksIpset);
  }

  /** 28.0.0 has one such rule for all bridges, with a set. */
  private static boolean checksPortsOfOneBridge(Rule rule) {
    return DockerdRules.bridges(rule).anyMatch(bridge -> DockerdRules.checksPorts(bridge, rule));
  }

  /** Later ones, as far as they have this chain at all, jump to it from DOCKER-FORWARD. */
  private static boolean isolatesFromForward(Tables observed) {
    return observed.chain(Table.FILTER, DockerdChains.STAGE_1).isPresent()
        && (jumpsToStage1(observed, Hook.FORWARD.name())
            || !jumpsToStage1(observed, DockerdChains.FORWARD));
  }

  private static boolean jumpsToStage1(Tables observed, String chain) {
    return observed.rules(Table.FILTER, chain).stream()
        .anyMatch(rule -> rule.equals(Rule.of(List.of(), Action.jump(DockerdChains.STAGE_1))));
  }

  /**
   * Whether dockerd wrote a rule for a bridge.
   *
   * @param network that the bridge is of; empty where nobody knows, and so any form may be right
   */
  boolean has(String bridge, Optional<BridgeNetwork> network, Rule rule) {
    boolean mayMeet = network.map(BridgeNetwork::icc).orElse(true);
    boolean mayBeParted = network.map(known -> !known.icc()).orElse(true);
    return DockerdRules.checksPorts(bridge, rule)
        || (of27
            && (DockerdRules.admitsReplies(bridge, rule)
                || DockerdRules.admitsOutgoing(bridge, rule)))
        || (of28
            && ((mayMeet && DockerdRules.admitsFrom(bridge, rule))
                || (mayBeParted && DockerdRules.admitsOutgoing(bridge, rule))))
        || ((of27 || of28)
            && ((mayMeet && DockerdRules.admitsAmong(bridge, rule))
                || (mayBeParted && DockerdRules.dropsAmong(bridge, rule))));
  }
}
