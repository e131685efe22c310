package dev.hairpin.rules.layouts;

import static dev.hairpin.rules.layouts.HostTables.content;
import static dev.hairpin.rules.layouts.HostTables.written;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * From the rules that a dockerd of any generation left, among rules of others, to any layout and
 * any state.
 */
class TakeOverProperties {
  /** Rules of others, some of them as near to dockerd's as they can be. */
  private static final String OTHERS_IPV4 =
      """
      *raw
      :PREROUTING ACCEPT
      :OUTPUT ACCEPT
      -A PREROUTING -d 172.17.0.2/32 -i eth9 -j ACCEPT
      -A PREROUTING -d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 5432 -j DROP
      -A PREROUTING -d 192.168.122.2/32 ! -i virbr0 -j DROP
      COMMIT
      *mangle
      :PREROUTING ACCEPT
      :INPUT ACCEPT
      :FORWARD ACCEPT
      :OUTPUT ACCEPT
      :POSTROUTING ACCEPT
      -A POSTROUTING -p sctp -m sctp --sport 9999 -j CHECKSUM --checksum-fill
      COMMIT
      *filter
      :INPUT ACCEPT
      :FORWARD ACCEPT
      :OUTPUT ACCEPT
      :DOCKER-USER -
      -A INPUT -p tcp -m tcp --dport 8081 -j REJECT --reject-with icmp-port-unreachable
      -A FORWARD -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A FORWARD -i virbr0 ! -o virbr0 -j ACCEPT
      -A FORWARD -i docker0 -o eth0 -j LOG
      -A DOCKER-USER -s 203.0.113.0/24 -j DROP
      COMMIT
      *nat
      :PREROUTING ACCEPT
      :INPUT ACCEPT
      :OUTPUT ACCEPT
      :POSTROUTING ACCEPT
      -A PREROUTING -p tcp -m tcp --dport 8080 -j RETURN
      -A POSTROUTING -s 10.8.0.0/24 ! -o virbr0 -j MASQUERADE
      -A POSTROUTING -s 10.8.0.2/32 -d 10.8.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
      COMMIT
      """;

  private static final String OTHERS_IPV6 =
      """
      *filter
      :INPUT ACCEPT
      :FORWARD ACCEPT
      :OUTPUT ACCEPT
      :DOCKER-USER -
      -A FORWARD -i wg0 -o wg0 -j ACCEPT
      -A DOCKER-USER -s 2001:db8:2::/64 -j DROP
      COMMIT
      *nat
      :PREROUTING ACCEPT
      :INPUT ACCEPT
      :OUTPUT ACCEPT
      :POSTROUTING ACCEPT
      -A POSTROUTING -s fd00:99::/64 ! -o wg0 -j MASQUERADE
      COMMIT
      """;

  /** Nothing but the network that dockerd is known to have says that this is not dockerd's. */
  private static final String ON_DOCKERDS_BRIDGE = "-s 10.8.0.0/24 ! -o docker0 -j MASQUERADE";

  @Provide
  Arbitrary<DesiredState> states() {
    return RandomStates.any();
  }

  /**
   * What a dockerd can have known: it sends every port on itself, none through a proxy's header.
   */
  @Provide
  Arbitrary<DesiredState> dockerdsStates() {
    return RandomStates.any().map(TakeOverProperties::withoutHeaders);
  }

  /** What a dockerd can have left: none writes the layout that is ours alone. */
  @Provide
  Arbitrary<LayoutName> dockerds() {
    return Arbitraries.of(LayoutName.class).filter(layout -> layout != LayoutName.HAIRPIN);
  }

  @Property(tries = 200)
  void theHostIsAsIfTheWantedLayoutHadBeenFirst(
      @ForAll("dockerds") LayoutName earlier,
      @ForAll LayoutName wanted,
      @ForAll Family family,
      @ForAll("dockerdsStates") DesiredState state,
      @ForAll("states") DesiredState next) {
    Tables others = with(others(family), ON_DOCKERDS_BRIDGE);
    Tables found = written(others, earlier.layout().rulesFor(state, family));
    Ruleset rules = wanted.layout().rulesFor(next, family);

    Tables after = takenOver(found, state.networks(), rules);

    Ruleset kept = UsersChain.keptInForce(rules, found);
    assertThat(content(after)).isEqualTo(content(written(usersPart(others, found), kept)));
    assertThat(Plan.between(after, kept, UsersChain.keptInForce(rules, after)).isEmpty()).isTrue();
  }

  /** Interfaces that a network trusts are told from a user's rules only by asking. */
  @Property(tries = 200)
  void thatIsSoAlsoWhenNobodyKnowsWhichNetworksThereWere(
      @ForAll("dockerds") LayoutName earlier,
      @ForAll LayoutName wanted,
      @ForAll Family family,
      @ForAll("dockerdsStates") DesiredState any) {
    DesiredState state = withoutTrust(any);
    Tables found = written(others(family), earlier.layout().rulesFor(state, family));
    Ruleset rules = wanted.layout().rulesFor(state, family);

    Tables after = takenOver(found, List.of(), rules);

    assertThat(content(after)).isEqualTo(content(written(usersPart(others(family), found), rules)));
  }

  @Property(tries = 200)
  void aHostThatHasWhatIsWantedIsLeftAsItIs(
      @ForAll LayoutName layout, @ForAll Family family, @ForAll("states") DesiredState state) {
    Ruleset rules = layout.layout().rulesFor(state, family);
    Tables found = written(others(family), rules);
    Ruleset left = left(found, state.networks());

    assertThat(Plan.between(found, left, UsersChain.keptInForce(rules, found)).isEmpty()).isTrue();
  }

  @Property(tries = 200)
  void theGenerationIsThatOfTheLayout(
      @ForAll("dockerds") LayoutName layout,
      @ForAll Family family,
      @ForAll("states") DesiredState state) {
    Ruleset rules = layout.layout().rulesFor(state, family);
    Optional<LeftRules> left = LeftRules.in(written(others(family), rules), state.networks());

    assertThat(left.isPresent()).isEqualTo(!rules.isEmpty());
    left.ifPresent(
        found -> assertThat(found.generation().map(Generation::layout)).contains(layout));
  }

  @Property(tries = 200)
  void rulesOfTheUserAreAskedFirstWhateverTheLayout(
      @ForAll LayoutName earlier,
      @ForAll LayoutName wanted,
      @ForAll Family family,
      @ForAll("states") DesiredState state,
      @ForAll("states") DesiredState next) {
    Tables found = written(others(family), earlier.layout().rulesFor(state, family));
    Rule jump = Rule.of(List.of(), Action.jump("DOCKER-USER"));
    Assume.that(found.rules(Table.FILTER, "FORWARD").contains(jump));

    Tables after = takenOver(found, state.networks(), wanted.layout().rulesFor(next, family));

    assertThat(after.rules(Table.FILTER, "FORWARD").getFirst()).isEqualTo(jump);
    assertThat(after.rules(Table.FILTER, "DOCKER-USER"))
        .isEqualTo(others(family).rules(Table.FILTER, "DOCKER-USER"));
  }

  private static Tables takenOver(Tables found, List<BridgeNetwork> networks, Ruleset wanted) {
    return Plan.between(found, left(found, networks), UsersChain.keptInForce(wanted, found))
        .appliedTo(found);
  }

  private static Ruleset left(Tables found, List<BridgeNetwork> networks) {
    return LeftRules.in(found, networks)
        .map(LeftRules::rules)
        .orElse(Ruleset.empty(found.family()));
  }

  /** What stays whoever writes the rules: others', the jump to DOCKER-USER, FORWARD's policy. */
  private static Tables usersPart(Tables others, Tables found) {
    Chain forward = found.chain(Table.FILTER, "FORWARD").orElseThrow();
    Rule jump = Rule.of(List.of(), Action.jump("DOCKER-USER"));
    List<Rule> rules = new ArrayList<>(others.rules(Table.FILTER, "FORWARD"));
    if (forward.rules().contains(jump)) {
      rules.addFirst(jump);
    }
    return replaced(others, new Chain(Table.FILTER, forward.name(), forward.policy(), rules));
  }

  private static Tables others(Family family) {
    return IptablesText.parse(
        family,
        switch (family) {
          case IPV4 -> OTHERS_IPV4;
          case IPV6 -> OTHERS_IPV6;
        });
  }

  private static Tables with(Tables tables, String postrouting) {
    if (tables.family() == Family.IPV6) {
      return tables;
    }
    Chain chain = tables.chain(Table.NAT, "POSTROUTING").orElseThrow();
    List<Rule> rules = new ArrayList<>(chain.rules());
    rules.add(IptablesText.parseRule(postrouting));
    return replaced(tables, new Chain(chain.table(), chain.name(), chain.policy(), rules));
  }

  private static Tables replaced(Tables tables, Chain chain) {
    return new Tables(
        tables.family(),
        tables.chains().stream()
            .map(other ->
                other.table() == chain.table() && other.name().equals(chain.name()) ? chain : other)
            .toList());
  }

  private static DesiredState withoutHeaders(DesiredState state) {
    return new DesiredState(
        state.networks(),
        state.members(),
        state.bindings().stream().map(binding -> binding.with(ProxyHeader.NONE)).toList(),
        state.routed(),
        state.links(),
        state.options());
  }

  private static DesiredState withoutTrust(DesiredState state) {
    return new DesiredState(
        state.networks().stream().map(network -> network.withTrustedInterfaces(List.of())).toList(),
        state.members(),
        state.bindings(),
        state.routed(),
        state.links(),
        state.options());
  }
}
