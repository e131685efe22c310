package dev.hairpin.rules.layouts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for every layout, whatever is wanted of it. */
class LayoutProperties {
  @Provide
  Arbitrary<DesiredState> states() {
    return RandomStates.any();
  }

  @Property
  void equalStatesGiveEqualRules(
      @ForAll LayoutName name, @ForAll Family family, @ForAll("states") DesiredState state) {
    assertThat(name.layout().rulesFor(state, family))
        .isEqualTo(name.layout().rulesFor(state, family));
  }

  @Property
  void everyRuleSaysWhyItIsThere(
      @ForAll LayoutName name, @ForAll Family family, @ForAll("states") DesiredState state) {
    assertThat(name.layout().rulesFor(state, family).rules())
        .allSatisfy(rule -> assertThat(rule.reason().text()).isNotBlank().doesNotContain("\n"));
  }

  @Property
  void nothingIsTranslatedToABackendThatExpectsAHeader(
      @ForAll LayoutName name, @ForAll Family family, @ForAll("states") DesiredState state) {
    List<Rule> serving =
        name.layout()
            .rulesFor(state, family)
            .rules()
            .filter(rule -> rule.reason().binding().filter(LayoutProperties::isTold).isPresent())
            .toList();

    assertThat(serving).allSatisfy(rule -> assertThat(rule.action()).isEqualTo(Action.drop()));
  }

  private static boolean isTold(PortBinding binding) {
    return binding.header() != ProxyHeader.NONE;
  }

  @Property
  void aFamilyThatIsNotAskedForHasNoRules(
      @ForAll LayoutName name, @ForAll("states") DesiredState state) {
    for (Family family : Family.values()) {
      if (!state.options().families().contains(family)) {
        assertThat(name.layout().rulesFor(state, family).isEmpty()).isTrue();
      }
    }
  }

  @Property
  void aSecondPassFindsNothingToDo(
      @ForAll LayoutName name, @ForAll Family family, @ForAll("states") DesiredState state) {
    Ruleset rules = name.layout().rulesFor(state, family);

    assertThat(Plan.between(fresh(rules), rules, rules).isEmpty()).isTrue();
  }

  @Property
  void rulesThatAnEqualDockerdLeftAreAdoptedAsTheyAre(
      @ForAll LayoutName name, @ForAll Family family, @ForAll("states") DesiredState state) {
    Ruleset rules = name.layout().rulesFor(state, family);

    assertThat(Plan.between(fresh(rules), Ruleset.empty(family), rules).isEmpty()).isTrue();
  }

  /** Also when the layout changes on the way. */
  @Property
  void fromOneStateToAnotherIsAsIfItHadAlwaysBeenSo(
      @ForAll LayoutName name,
      @ForAll LayoutName nextName,
      @ForAll Family family,
      @ForAll("states") DesiredState state,
      @ForAll("states") DesiredState next) {
    Ruleset before = name.layout().rulesFor(state, family);
    Ruleset after = nextName.layout().rulesFor(next, family);

    Tables changed = Plan.between(fresh(before), before, after).appliedTo(fresh(before));

    assertThat(content(changed)).isEqualTo(content(fresh(after)));
    assertThat(Plan.between(changed, after, after).isEmpty()).isTrue();
  }

  @Property
  void nothingIsLeftWhenNothingIsWanted(
      @ForAll LayoutName name, @ForAll Family family, @ForAll("states") DesiredState state) {
    Ruleset rules = name.layout().rulesFor(state, family);

    Tables afterwards =
        Plan.between(fresh(rules), rules, Ruleset.empty(family)).appliedTo(fresh(rules));

    assertThat(content(afterwards)).isEmpty();
  }

  @Property
  void whatIsPrintedIsReadBackEqual(
      @ForAll LayoutName name, @ForAll Family family, @ForAll("states") DesiredState state) {
    Tables tables = fresh(name.layout().rulesFor(state, family));

    assertThat(IptablesText.parse(family, IptablesText.print(tables)).chains())
        .isEqualTo(tables.chains());
  }

  /** What a host holds on which these are the first rules. */
  private static Tables fresh(Ruleset rules) {
    Tables nothing = Tables.empty(rules.family());
    return Plan.between(nothing, Ruleset.empty(rules.family()), rules).appliedTo(nothing);
  }

  /**
   * All that a packet could notice. A table that was opened stays open, and so does the user's
   * chain, which is ours to make and not to take away.
   */
  private static Map<String, Object> content(Tables tables) {
    Map<String, Object> content = new TreeMap<>();
    for (Chain chain : tables.chains()) {
      List<String> rules =
          chain.rules().stream()
              .filter(rule -> !chain.name().equals("DOCKER-USER"))
              .map(IptablesText::line)
              .toList();
      boolean drops = chain.policy().filter(policy -> policy == Policy.DROP).isPresent();
      boolean isDockers = !chain.isBase() && !chain.name().equals("DOCKER-USER");
      if (!rules.isEmpty() || drops || isDockers) {
        content.put(chain.table() + " " + chain.name(), rules + (drops ? " DROP" : ""));
      }
    }
    tables.nftTables().forEach(table -> content.put(table.name(), content(table)));
    return content;
  }

  /** A chain is found by its name, wherever it is listed. */
  private static Map<String, Object> content(NftTable table) {
    Map<String, Object> content = new TreeMap<>();
    table.maps().forEach(map -> content.put("map " + map.name(), map));
    table.chains().forEach(chain -> content.put("chain " + chain.name(), chain));
    return content;
  }
}
