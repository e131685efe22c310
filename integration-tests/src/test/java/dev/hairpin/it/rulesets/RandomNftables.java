package dev.hairpin.it.rulesets;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Action.JumpByInterface.Direction;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Tables of nftables' own that nft takes, with a map of each kind that we have words for. */
final class RandomNftables {
  private static final int MOST_RULES = 3;
  private static final int MOST_BASE_CHAINS = 6;
  private static final String ONE = "one";
  private static final String TWO = "two";
  private static final String LINKS = "links";
  private static final String OPEN = "open";
  private static final String PORTS = "ports";

  private final Family family;
  private final RandomMatches matches;
  private final RandomPortSets portSets;
  private final RandomTranslations translations;

  private RandomNftables(Family family) {
    this.family = family;
    this.matches = new RandomMatches(family);
    this.portSets = new RandomPortSets(family);
    this.translations = new RandomTranslations(family);
  }

  /** A table, and another one in every third case. */
  static Arbitrary<List<NftTable>> any(Family family) {
    RandomNftables random = new RandomNftables(family);
    return Combinators.combine(random.table("first"), random.table("second").optional(0.3))
        .as((first, second) -> Stream.concat(Stream.of(first), second.stream()).toList());
  }

  private Arbitrary<NftTable> table(String name) {
    return portSets.map(PORTS).flatMap(ports -> table(name, ports));
  }

  private Arbitrary<NftTable> table(String name, PortSet ports) {
    return Combinators.combine(
            links(),
            portSets.set(OPEN),
            bases(ports.type()),
            rules(Set.of(), filtering(List.of(TWO))),
            rules(Set.of(), filtering(List.of())))
        .as((links, open, bases, one, two) -> {
          List<NftChain> chains = new ArrayList<>();
          for (Nameless base : bases) {
            chains.add(base.named("base" + chains.size()));
          }
          chains.add(NftChain.regular(ONE, one));
          chains.add(NftChain.regular(TWO, two));
          return new NftTable(family, name, List.of(links), List.of(open, ports), chains);
        });
  }

  /** A base chain before it is known which of its table's it is. */
  private interface Nameless {
    NftChain named(String name);
  }

  private static Arbitrary<InterfaceMap> links() {
    return Arbitraries.maps(Arbitraries.of("eth0", "br1", "lo"), Arbitraries.of(ONE, TWO))
        .ofMaxSize(2)
        .map(jumps -> new InterfaceMap(LINKS, new TreeMap<>(jumps)));
  }

  private Arbitrary<List<Nameless>> bases(PortSet.Type ports) {
    return Arbitraries.frequencyOf(
            Tuple.of(4, Arbitraries.of(Hook.class).flatMap(this::filterChain)),
            Tuple.of(
                4,
                Arbitraries.of(Hook.PREROUTING, Hook.OUTPUT, Hook.POSTROUTING, Hook.INPUT)
                    .flatMap(hook -> natChain(hook, ports))),
            Tuple.of(1, chain(NftChain.Type.ROUTE, Hook.OUTPUT, filterRules(Hook.OUTPUT))))
        .list()
        .ofMinSize(1)
        .ofMaxSize(MOST_BASE_CHAINS);
  }

  private Arbitrary<Nameless> filterChain(Hook hook) {
    return chain(NftChain.Type.FILTER, hook, filterRules(hook));
  }

  private Arbitrary<List<Rule>> filterRules(Hook hook) {
    Arbitrary<Action> actions =
        Arbitraries.frequencyOf(
            Tuple.of(6, filtering(List.of(ONE, TWO))), Tuple.of(1, ofHook(hook)));
    return rules(EnumSet.of(hook), actions);
  }

  /** What isn't known at every hook: a packet's interfaces, and how to reject it. */
  private static Arbitrary<Action> ofHook(Hook hook) {
    Action byInput = new Action.JumpByInterface(Direction.INPUT, LINKS);
    Action byOutput = new Action.JumpByInterface(Direction.OUTPUT, LINKS);
    Action reject = new Action.Verbatim("reject");
    return switch (hook) {
      case PREROUTING -> Arbitraries.just(byInput);
      case INPUT -> Arbitraries.of(byInput, reject);
      case FORWARD -> Arbitraries.of(byInput, byOutput, reject);
      case OUTPUT -> Arbitraries.of(byOutput, reject);
      case POSTROUTING -> Arbitraries.just(byOutput);
    };
  }

  private Arbitrary<Nameless> natChain(Hook hook, PortSet.Type ports) {
    Arbitrary<List<Rule>> rules =
        switch (hook) {
          case PREROUTING, OUTPUT ->
              Arbitraries.oneOf(rule(EnumSet.of(hook), plain()), dnat(hook), lookUp(hook, ports))
                  .list()
                  .ofMaxSize(MOST_RULES);
          case POSTROUTING -> rules(EnumSet.of(hook), translations.leaving());
          case INPUT -> rules(EnumSet.of(hook), translations.snat());
          case FORWARD -> throw new IllegalArgumentException("nothing is translated at " + hook);
        };
    return chain(NftChain.Type.NAT, hook, rules);
  }

  private static Arbitrary<Nameless> chain(
      NftChain.Type type, Hook hook, Arbitrary<List<Rule>> rules) {
    return Combinators.combine(
            rules,
            Arbitraries.of(0, 0, 0, -100, -100, -100, 100, -101, -150, 10, 300, -300)
                .filter(priority -> isClear(type, hook, priority)),
            Arbitraries.frequency(Tuple.of(12, Policy.ACCEPT), Tuple.of(1, Policy.DROP)))
        .as((all, priority, policy) ->
            name ->
                new NftChain(
                    name, Optional.of(new NftChain.Base(type, hook, priority, policy)), all));
  }

  /**
   * Whether it is clear when such a chain is called. At nat's own priority that hangs on which was
   * registered first, perhaps long ago; and nat has no chains in front of conntrack.
   */
  private static boolean isClear(NftChain.Type type, Hook hook, int priority) {
    return switch (type) {
      case NAT -> priority > -200;
      case FILTER, ROUTE ->
          switch (hook) {
            case PREROUTING, OUTPUT -> priority != NftChain.Base.DSTNAT;
            case INPUT, POSTROUTING -> priority != NftChain.Base.SRCNAT;
            case FORWARD -> true;
          };
    };
  }

  private Arbitrary<List<Rule>> rules(Set<Hook> askedAt, Arbitrary<Action> actions) {
    return rule(askedAt, actions).list().ofMaxSize(MOST_RULES);
  }

  private Arbitrary<Rule> rule(Set<Hook> askedAt, Arbitrary<Action> actions) {
    return Combinators.combine(conditions(askedAt), matches.protocolOrOtherPort(), actions)
        .as((conditions, protocol, action) -> Rule.of(joined(protocol, conditions), action));
  }

  /** A port can be changed only where the protocol is known. */
  private Arbitrary<Rule> dnat(Hook hook) {
    return Combinators.combine(
            conditions(EnumSet.of(hook)),
            Arbitraries.oneOf(
                RandomPortSets.protocols().map(Match.TransportProtocol::new),
                Combinators.combine(RandomPortSets.protocols(), RandomMatches.destinationPorts())
                    .as(Match.DestinationPort::new),
                Arbitraries.just(new Match.HasPorts())),
            translations.dnat())
        .as((conditions, protocol, action) ->
            Rule.of(joined(List.of(protocol), conditions), action));
  }

  private Arbitrary<Rule> lookUp(Hook hook, PortSet.Type ports) {
    return conditions(EnumSet.of(hook))
        .map(conditions ->
            Rule.of(
                joined(List.of(new Match.HasPorts()), conditions),
                new Action.DnatByPort(family, ports.byAddress(), PORTS)));
  }

  private Arbitrary<List<Match>> conditions(Set<Hook> askedAt) {
    return Combinators.combine(
            matches.general(states()),
            matches.interfaces(askedAt),
            RandomMatches.maybe(
                RandomMatches.either(
                    Arbitraries.of(
                        new Match.DestinationAmong(family, OPEN),
                        new Match.InputInterfaceAmong(List.of("br1", "lo")),
                        new Match.ConnectionLabel(1)))))
        .as((general, interfaces, special) ->
            joined(joined(general, interfaces), special.stream().toList()));
  }

  private static List<Match> joined(List<Match> first, List<Match> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  /** nft asks either for states or for what was translated, and for the opposite of one state. */
  private static Arbitrary<Match> states() {
    List<State> states =
        List.of(State.NEW, State.ESTABLISHED, State.INVALID, State.RELATED, State.UNTRACKED);
    return Arbitraries.oneOf(
        Arbitraries.of(states).set().ofMinSize(1).ofMaxSize(3).map(Match.ConnectionState::new),
        Arbitraries.of(states).map(state -> Match.not(Match.connectionState(state))),
        Arbitraries.of(State.SNAT, State.DNAT).set().ofMinSize(1).map(Match.ConnectionState::new));
  }

  private static Arbitrary<Action> plain() {
    return Arbitraries.of(
        Action.accept(), Action.returnToCaller(), new Action.Verbatim(""), Action.accept());
  }

  private Arbitrary<Action> filtering(List<String> chains) {
    Arbitrary<Action> jumps = chains.isEmpty() ? plain() : Arbitraries.of(chains).map(Action::jump);
    return Arbitraries.frequencyOf(
        Tuple.of(3, plain()),
        Tuple.of(1, Arbitraries.just(Action.drop())),
        Tuple.of(1, Arbitraries.just(new Action.LabelConnection(1))),
        Tuple.of(4, jumps));
  }
}
