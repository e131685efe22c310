package dev.hairpin.it.rulesets;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * Rules that iptables takes: an action only where the kernel knows it, no chain that comes back.
 */
final class RandomIptables {
  private static final int MOST_RULES = 3;

  /** Jumped to from base chains, and the first of them jumps to the second. */
  private static final List<String> CHAINS = List.of("ONE", "TWO");

  /** Of the table nat: what rules may translate there hangs on the hook. */
  private static final String TO_ELSEWHERE = "TO-ELSEWHERE";

  private static final String FROM_ELSEWHERE = "FROM-ELSEWHERE";

  private final RandomMatches matches;
  private final RandomTranslations translations;

  private RandomIptables(Family family) {
    this.matches = new RandomMatches(family);
    this.translations = new RandomTranslations(family);
  }

  /** The chains of some of the tables, or of none. */
  static Arbitrary<List<Chain>> any(Family family) {
    RandomIptables random = new RandomIptables(family);
    return Combinators.combine(
            random.table(Table.RAW).optional(0.3),
            random.table(Table.MANGLE).optional(0.4),
            random.table(Table.NAT).optional(0.8),
            random.table(Table.FILTER).optional(0.7))
        .as((raw, mangle, nat, filter) ->
            Stream.of(raw, mangle, nat, filter)
                .flatMap(Optional::stream)
                .flatMap(List::stream)
                .toList());
  }

  private Arbitrary<List<Chain>> table(Table table) {
    List<Arbitrary<Chain>> chains = new ArrayList<>();
    for (Hook hook : table.hooks()) {
      chains.add(base(table, hook));
    }
    if (table == Table.NAT) {
      Action back = Action.returnToCaller();
      chains.add(regular(table, TO_ELSEWHERE, translating(Set.of(), back, dnat(Set.of()))));
      Arbitrary<Rule> leaving = rule(Set.of(), translations.leaving());
      chains.add(regular(table, FROM_ELSEWHERE, translating(Set.of(), back, leaving)));
    } else {
      Arbitrary<Action> first = filtering(table, CHAINS.subList(1, 2));
      chains.add(regular(table, CHAINS.get(0), rule(Set.of(), first)));
      chains.add(regular(table, CHAINS.get(1), rule(Set.of(), filtering(table, List.of()))));
    }
    return Combinators.combine(chains).as(List::copyOf);
  }

  private Arbitrary<Chain> base(Table table, Hook hook) {
    Set<Hook> here = EnumSet.of(hook);
    Arbitrary<Rule> rules =
        table == Table.NAT ? translating(hook) : rule(here, filtering(table, CHAINS));
    Arbitrary<Policy> policies =
        table == Table.NAT
            ? Arbitraries.just(Policy.ACCEPT)
            : Arbitraries.frequency(Tuple.of(12, Policy.ACCEPT), Tuple.of(1, Policy.DROP));
    return Combinators.combine(rules.list().ofMaxSize(MOST_RULES), policies)
        .as((some, policy) -> new Chain(table, hook.name(), Optional.of(policy), some));
  }

  private static Arbitrary<Chain> regular(Table table, String name, Arbitrary<Rule> rules) {
    return rules.list().ofMaxSize(MOST_RULES).map(some -> Chain.regular(table, name, some));
  }

  private Arbitrary<Rule> rule(Set<Hook> askedAt, Arbitrary<Action> actions) {
    return rule(askedAt, matches.protocol(), actions);
  }

  private Arbitrary<Rule> rule(
      Set<Hook> askedAt, Arbitrary<List<Match>> protocols, Arbitrary<Action> actions) {
    return Combinators.combine(
            matches.general(RandomMatches.states()),
            matches.interfaces(askedAt),
            protocols,
            actions)
        .as((general, interfaces, protocol, action) ->
            Rule.of(all(interfaces, protocol, general), action));
  }

  private static List<Match> all(List<Match> first, List<Match> second, List<Match> third) {
    return Stream.of(first, second, third).flatMap(List::stream).toList();
  }

  private Arbitrary<Action> filtering(Table table, List<String> chains) {
    Arbitrary<Action> jumps =
        chains.isEmpty()
            ? Arbitraries.just(Action.returnToCaller())
            : Arbitraries.of(chains).map(Action::jump);
    Arbitrary<Action> special =
        switch (table) {
          case FILTER -> Arbitraries.just(new Action.Verbatim("-j REJECT"));
          case MANGLE ->
              Arbitraries.of(
                  new Action.Verbatim("-j MARK --set-xmark 0x1/0xffffffff"),
                  new Action.Verbatim("-j MARK --set-xmark 0x2/0x6"),
                  new Action.Verbatim("-j MARK --set-xmark 0x1/0x0"));
          case RAW, NAT, SECURITY -> counting();
        };
    return Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.of(Action.accept(), Action.returnToCaller())),
        Tuple.of(1, Arbitraries.just(Action.drop())),
        Tuple.of(1, counting()),
        Tuple.of(table == Table.MANGLE ? 6 : 1, special),
        Tuple.of(4, jumps));
  }

  private static Arbitrary<Action> counting() {
    return Arbitraries.just(new Action.Verbatim(""));
  }

  private Arbitrary<Rule> translating(Hook hook) {
    Set<Hook> here = EnumSet.of(hook);
    return switch (hook) {
      case PREROUTING, OUTPUT -> translating(here, Action.jump(TO_ELSEWHERE), dnat(here));
      case POSTROUTING ->
          translating(here, Action.jump(FROM_ELSEWHERE), rule(here, translations.leaving()));
      case INPUT -> translating(here, Action.returnToCaller(), rule(here, translations.snat()));
      case FORWARD -> throw new IllegalArgumentException("nothing is translated at " + hook);
    };
  }

  private Arbitrary<Rule> translating(
      Set<Hook> askedAt, Action other, Arbitrary<Rule> translations) {
    return Arbitraries.frequencyOf(
        Tuple.of(4, translations),
        Tuple.of(3, rule(askedAt, Arbitraries.just(other))),
        Tuple.of(1, rule(askedAt, Arbitraries.of(Action.accept(), Action.returnToCaller()))));
  }

  /** A port can be changed only where the protocol is known. */
  private Arbitrary<Rule> dnat(Set<Hook> askedAt) {
    return Arbitraries.oneOf(
        rule(askedAt, translations.dnatOfAddress().map(each -> each)),
        rule(askedAt, matches.protocolForCertain(), translations.dnatOfPort().map(each -> each)));
  }
}
