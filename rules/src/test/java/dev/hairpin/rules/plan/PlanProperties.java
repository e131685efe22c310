package dev.hairpin.rules.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.RestoreScript;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Whatever is there and whatever is wanted. Our rules are about ports, those of others about
 * interfaces; both are in FORWARD, PREROUTING and a chain of the user's, in any order.
 */
class PlanProperties {
  private static final String USER = "THEIRS";

  @Property
  void afterwardsEverythingIsAsDesired(
      @ForAll("tables") Tables foreign,
      @ForAll("rulesets") Ruleset owned,
      @ForAll("rulesets") Ruleset desired) {
    Tables before = placed(foreign, owned);

    Tables after = Plan.between(before, owned, desired).appliedTo(before);

    assertThat(ours(after)).isEqualTo(wanted(desired));
  }

  @Property
  void aSecondPlanIsEmpty(
      @ForAll("tables") Tables foreign,
      @ForAll("rulesets") Ruleset owned,
      @ForAll("rulesets") Ruleset desired) {
    Tables before = placed(foreign, owned);
    Tables after = Plan.between(before, owned, desired).appliedTo(before);

    assertThat(Plan.between(after, desired, desired).changes()).isEmpty();
  }

  @Property
  void rulesOfOthersAreAllThereInTheirOrder(
      @ForAll("tables") Tables foreign,
      @ForAll("rulesets") Ruleset owned,
      @ForAll("rulesets") Ruleset desired) {
    Tables before = placed(foreign, owned);

    Tables after = Plan.between(before, owned, desired).appliedTo(before);

    for (Chain chain : foreign.chains()) {
      assertThat(theirs(after.rules(chain.table(), chain.name()))).isEqualTo(chain.rules());
    }
  }

  @Property
  void nothingOfOursIsLeftWhenNothingIsDesired(
      @ForAll("tables") Tables foreign, @ForAll("rulesets") Ruleset owned) {
    Tables before = placed(foreign, owned);

    Tables after = Plan.between(before, owned, Ruleset.empty(Family.IPV4)).appliedTo(before);

    assertThat(after.chains().stream().flatMap(chain -> chain.rules().stream()))
        .allMatch(PlanProperties::isTheirs);
    assertThat(after.chains()).noneMatch(chain -> chain.name().startsWith("OURS"));
    assertThat(after.chains().stream().flatMap(chain -> chain.policy().stream()))
        .containsOnly(Policy.ACCEPT);
  }

  @Property
  void ourRulesAreFoundAgainWhereverOthersHaveMovedThem(
      @ForAll("tables") Tables foreign,
      @ForAll("rulesets") Ruleset desired,
      @ForAll("shuffles") List<Integer> shuffle) {
    Tables disturbed = shuffled(placed(foreign, desired), shuffle);

    Tables after = Plan.between(disturbed, desired, desired).appliedTo(disturbed);

    assertThat(ours(after)).isEqualTo(wanted(desired));
  }

  @Property
  void aScriptChangesEachTableOnce(
      @ForAll("tables") Tables foreign,
      @ForAll("rulesets") Ruleset owned,
      @ForAll("rulesets") Ruleset desired) {
    List<Change.OfIptables> changes =
        Plan.between(placed(foreign, owned), owned, desired).changes().stream()
            .map(Change.OfIptables.class::cast)
            .toList();

    RestoreScript script = RestoreScript.of(changes);

    assertThat(script.lines().stream().filter(line -> line.startsWith("*")))
        .doesNotHaveDuplicates();
  }

  /** The foreign tables with rules of ours already in them. */
  private static Tables placed(Tables foreign, Ruleset rules) {
    return Plan.between(foreign, Ruleset.empty(Family.IPV4), rules).appliedTo(foreign);
  }

  /** Ours in each chain, in order, and the policies. */
  private static List<String> ours(Tables tables) {
    List<String> found = new ArrayList<>();
    for (Chain chain : tables.chains()) {
      String policy = chain.policy().filter(is -> is == Policy.DROP).map(Policy::name).orElse("");
      List<Rule> rules = chain.rules().stream().filter(rule -> !isTheirs(rule)).toList();
      if (!rules.isEmpty() || !policy.isEmpty()) {
        found.add(chain.table() + " " + chain.name() + " " + policy + rules);
      }
    }
    return found.stream().sorted().toList();
  }

  private static List<String> wanted(Ruleset desired) {
    Stream<String> chains =
        desired.chains().stream()
            .filter(chain -> !chain.rules().isEmpty())
            .map(chain -> chain.table() + " " + chain.name() + " " + chain.rules());
    Stream<String> hooks =
        desired.hooks().stream()
            .filter(hook -> hook.rules().findAny().isPresent() || hook.policy().isPresent())
            .map(hook ->
                hook.table()
                    + " "
                    + hook.chain()
                    + " "
                    + hook.policy().map(Policy::name).orElse("")
                    + hook.rules().toList());
    return Stream.concat(chains, hooks).sorted().toList();
  }

  private static List<Rule> theirs(List<Rule> rules) {
    return rules.stream().filter(PlanProperties::isTheirs).toList();
  }

  private static boolean isTheirs(Rule rule) {
    return rule.matches().stream().anyMatch(Match.InputInterface.class::isInstance)
        || rule.action() instanceof Action.Return;
  }

  private static Tables shuffled(Tables tables, List<Integer> shuffle) {
    return new Tables(
        tables.family(),
        tables.chains().stream()
            .map(chain ->
                new Chain(
                    chain.table(),
                    chain.name(),
                    chain.policy(),
                    chain.isBase() ? shuffled(chain.rules(), shuffle) : chain.rules()))
            .toList());
  }

  /** Moves some rules, and doubles some. */
  private static List<Rule> shuffled(List<Rule> rules, List<Integer> shuffle) {
    List<Rule> moved = new ArrayList<>(rules);
    for (int step : shuffle) {
      if (!moved.isEmpty()) {
        Rule rule = moved.get(step % moved.size());
        if (step % 3 > 0) {
          moved.remove(rule);
        }
        moved.add(step * 7 % (moved.size() + 1), rule);
      }
    }
    return moved;
  }

  @Provide
  Arbitrary<List<Integer>> shuffles() {
    return Arbitraries.integers().between(0, 1000).list().ofMaxSize(6);
  }

  @Provide
  Arbitrary<Tables> tables() {
    Arbitrary<List<Rule>> some = foreignRules();
    return Combinators.combine(some, some, some)
        .as((forward, prerouting, user) ->
            new Tables(
                Family.IPV4,
                List.of(
                    base(Table.FILTER, Hook.FORWARD, forward),
                    Chain.regular(Table.FILTER, USER, user),
                    base(Table.NAT, Hook.PREROUTING, prerouting))));
  }

  private static Chain base(Table table, Hook hook, List<Rule> rules) {
    return new Chain(table, hook.name(), Optional.of(Policy.ACCEPT), rules);
  }

  private static Arbitrary<List<Rule>> foreignRules() {
    Arbitrary<Rule> matching =
        Arbitraries.of("eth0", "eth1", "eth2")
            .map(name -> Rule.of(List.of(Match.inputInterface(name)), Action.drop()));
    Arbitrary<Rule> closing = Arbitraries.just(Rule.of(List.of(), Action.returnToCaller()));
    return Arbitraries.frequencyOf(Tuple.of(5, matching), Tuple.of(1, closing)).list().ofMaxSize(5);
  }

  @Provide
  Arbitrary<Ruleset> rulesets() {
    Arbitrary<List<Rule>> rules = ourRules();
    Arbitrary<List<Chain>> chains =
        Combinators.combine(
                Arbitraries.of(Table.FILTER, Table.NAT),
                Arbitraries.of("OURS-1", "OURS-2", "OURS-3"),
                rules)
            .as(Chain::regular)
            .list()
            .uniqueElements(chain -> chain.table() + chain.name())
            .ofMaxSize(4);
    Arbitrary<Boolean> coin = Arbitraries.of(true, false);
    return Combinators.combine(chains, rules, rules, rules, rules, coin, coin, coin)
        .as(PlanProperties::ruleset);
  }

  private static Ruleset ruleset(
      List<Chain> chains,
      List<Rule> first,
      List<Rule> second,
      List<Rule> third,
      List<Rule> fourth,
      boolean drops,
      boolean filters,
      boolean publishes) {
    List<HookRules> hooks = new ArrayList<>();
    if (filters) {
      hooks.add(
          hook(Table.FILTER, Hook.FORWARD.name(), chains, first, second)
              .withPolicy(drops ? Optional.of(Policy.DROP) : Optional.empty()));
      hooks.add(hook(Table.FILTER, USER, List.of(), List.of(), third));
    }
    if (publishes) {
      hooks.add(hook(Table.NAT, Hook.PREROUTING.name(), chains, third, fourth));
    }
    return new Ruleset(Family.IPV4, chains, List.of(), hooks);
  }

  /** Jumps to the chains of this table come first; nothing is in head and tail at once. */
  private static HookRules hook(
      Table table, String chain, List<Chain> chains, List<Rule> head, List<Rule> tail) {
    Stream<Rule> jumps =
        chains.stream()
            .filter(to -> to.table() == table)
            .map(to -> Rule.of(List.of(), Action.jump(to.name())));
    return new HookRules(
        table,
        chain,
        Optional.empty(),
        Stream.concat(jumps, head.stream()).toList(),
        tail.stream().filter(rule -> !head.contains(rule)).toList());
  }

  private static Arbitrary<List<Rule>> ourRules() {
    return Arbitraries.integers()
        .between(8000, 8009)
        .map(port -> Rule.of(List.of(Match.destinationPort(Protocol.TCP, port)), Action.accept()))
        .list()
        .uniqueElements()
        .ofMaxSize(6);
  }
}
