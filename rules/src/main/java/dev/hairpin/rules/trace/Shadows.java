package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.ChainWalk.Outcome;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Looks for rules that others put in front of ours in iptables' base chains: what they accept, drop
 * or send elsewhere never comes to ours. A few packets are led past them, such as clients outside
 * and this host send to published ports, and neighbours to what is kept from them. A decision in a
 * chain of the user's is no shadow: that is asked first on purpose. Tables of nftables' own are not
 * looked at.
 */
public final class Shadows {
  private final Tables tables;
  private final Ruleset ours;
  private final DesiredState state;

  /**
   * @param tables with our rules in force
   * @param ours which of them are ours
   * @param state what ours were made from
   */
  public Shadows(Tables tables, Ruleset ours, DesiredState state) {
    this.tables = requireNonNull(tables, "tables");
    this.ours = requireNonNull(ours, "ours");
    this.state = requireNonNull(state, "state");
  }

  /**
   * Those that were found, each rule once.
   *
   * @param host asked for only where rules of others may be asked before ours
   */
  public List<Shadow> cast(Supplier<Host> host) {
    List<Queue> queues =
        Stream.concat(ours.hooks().stream().flatMap(this::queue), queuesBesideNftables()).toList();
    if (queues.isEmpty()) {
      return List.of();
    }
    Probes probes = new Probes(state, tables, host.get());
    Map<Rule, Shadow> found = new LinkedHashMap<>();
    for (Queue queue : queues) {
      for (Probes.Probe probe : probes.at(queue.table(), queue.hook())) {
        shadow(queue, probe).ifPresent(shadow -> found.putIfAbsent(shadow.rule(), shadow));
      }
    }
    return List.copyOf(found.values());
  }

  /**
   * A base chain, as far as it matters to us.
   *
   * @param rules down to the last of ours
   * @param overridable whether what they accept is asked on behalf of ours nevertheless
   */
  private record Queue(Table table, Hook hook, List<Placed> rules, boolean overridable) {}

  private record Placed(Rule rule, boolean isOurs) {}

  /** None where nobody else's rule stands above one of ours, which is how it nearly always is. */
  private Stream<Queue> queue(HookRules hook) {
    Optional<Chain> chain = tables.chain(hook.table(), hook.chain()).filter(Chain::isBase);
    if (chain.isEmpty()) {
      return Stream.empty();
    }
    List<Rule> wanted = hook.rules().toList();
    List<Placed> placed = new ArrayList<>();
    int next = 0;
    for (Rule rule : chain.get().rules()) {
      if (next == wanted.size()) {
        break;
      }
      // Ours are there, in this order.
      boolean isOurs = rule.equals(wanted.get(next));
      placed.add(new Placed(rule, isOurs));
      next += isOurs ? 1 : 0;
    }
    return placed.stream().allMatch(Placed::isOurs)
        ? Stream.empty()
        : Stream.of(new Queue(hook.table(), Hook.valueOf(hook.chain()), placed, false));
  }

  /**
   * Where ours are in tables of nftables' own, iptables' table nat is asked at the same priority:
   * which of them comes first can't be seen. What it accepts is still asked of ours; what it
   * translates is not (nf_nat_inet_fn).
   */
  private Stream<Queue> queuesBesideNftables() {
    return ours.nftTables().stream()
        .flatMap(table -> table.chains().stream())
        .flatMap(chain -> chain.base().stream())
        .filter(base -> base.type() == NftChain.Type.NAT)
        .map(NftChain.Base::hook)
        .distinct()
        .map(hook ->
            new Queue(
                Table.NAT,
                hook,
                tables.rules(Table.NAT, hook.name()).stream()
                    .map(rule -> new Placed(rule, false))
                    .toList(),
                true))
        .filter(queue -> !queue.rules().isEmpty());
  }

  private Optional<Shadow> shadow(Queue queue, Probes.Probe probe) {
    Scope scope = new Scope.OfIptables(tables, queue.table());
    for (int i = 0; i < queue.rules().size(); i++) {
      Placed placed = queue.rules().get(i);
      if (placed.isOurs()) {
        if (probe.passage().holds(placed.rule(), scope) == Answer.YES) {
          return Optional.empty();
        }
        continue;
      }
      Optional<Decision> decision = decision(scope, queue, placed.rule(), probe.passage());
      if (decision.isPresent()) {
        List<Placed> below = queue.rules().subList(i + 1, queue.rules().size());
        return decision
            .filter(made -> !isOursOrTheUsers(made.at()))
            .filter(made -> queue.overridable() || concerns(below, scope, probe.passage()))
            .map(made -> new Shadow(made.at(), made.rule(), made.certain(), probe.binding()));
      }
    }
    return Optional.empty();
  }

  private record Decision(Place.Iptables at, Rule rule, boolean certain) {}

  private static Optional<Decision> decision(Scope scope, Queue queue, Rule rule, Passage passage) {
    String chain = queue.hook().name();
    if (rule.action() instanceof Action.Return && passage.holds(rule, scope) == Answer.YES) {
      return queue.overridable() ? Optional.empty() : decided(scope.place(chain), rule, true);
    }
    List<Trace.Step> steps = new ArrayList<>();
    return new ChainWalk(passage, steps)
        .past(scope, chain, rule)
        .flatMap(outcome ->
            switch (outcome) {
              case Outcome.Passed() when queue.overridable() -> Optional.empty();
              case Outcome.Passed() -> decided(steps.getLast().at(), steps.getLast().rule(), true);
              case Outcome.Bound(Place at, Rule by, var translation) ->
                  decided(at, by, !queue.overridable());
              case Outcome.Stopped(Verdict.Unknown(Place at, Rule by)) -> decided(at, by, false);
              case Outcome.Stopped(Verdict.Dropped(Place at, Optional<Rule> by)) ->
                  decided(at, by.orElse(rule), true);
              case Outcome.Stopped(Verdict.Rejected(Place at, Rule by)) -> decided(at, by, true);
              case Outcome.Stopped stopped -> Optional.empty();
            });
  }

  private static Optional<Decision> decided(Place at, Rule rule, boolean certain) {
    return at instanceof Place.Iptables place
        ? Optional.of(new Decision(place, rule, certain))
        : Optional.empty();
  }

  private boolean isOursOrTheUsers(Place.Iptables at) {
    return ours.owns(at.table(), at.chain())
        || ours.userChains().stream()
            .anyMatch(chain -> chain.table() == at.table() && chain.name().equals(at.chain()));
  }

  /** Whether a rule of ours is for this packet. */
  private static boolean concerns(List<Placed> rules, Scope scope, Passage passage) {
    return rules.stream()
        .anyMatch(placed -> placed.isOurs() && passage.holds(placed.rule(), scope) == Answer.YES);
  }
}
