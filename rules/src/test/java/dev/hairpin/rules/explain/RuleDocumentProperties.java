package dev.hairpin.rules.explain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.layouts.RandomStates;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Ruleset;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Nothing that a layout can write is left unexplained. */
class RuleDocumentProperties {
  @Provide
  Arbitrary<DesiredState> states() {
    return RandomStates.any();
  }

  @Property(tries = 20000)
  void everyChainIsDescribed(
      @ForAll LayoutName name, @ForAll Family family, @ForAll("states") DesiredState state) {
    assertThat(document(name, family, state).chapters())
        .allSatisfy(chapter ->
            assertThat(chapter.description())
                .endsWith(".")
                .hasSizeGreaterThan(60)
                .doesNotContain("\n"));
  }

  @Property(tries = 20000)
  void everyRuleSaysWhyItIsThere(
      @ForAll LayoutName name, @ForAll Family family, @ForAll("states") DesiredState state) {
    assertThat(document(name, family, state).chapters())
        .flatExtracting(RuleDocument.Chapter::lines)
        .allSatisfy(line -> assertThat(line.reason().text()).isNotBlank());
  }

  @Property(tries = 20000)
  void everyRuleAndEveryChainIsThereOnce(
      @ForAll LayoutName name, @ForAll Family family, @ForAll("states") DesiredState state) {
    Ruleset rules = name.layout().rulesFor(state, family);
    List<RuleDocument.Chapter> chapters = RuleDocument.of(rules).chapters();

    long ofUsers = rules.userChains().stream().mapToLong(chain -> chain.rules().size()).sum();
    assertThat(
            chapters.stream()
                .flatMap(chapter -> chapter.lines().stream())
                .filter(RuleDocumentProperties::isRule))
        .hasSize((int) (rules.rules().count() + ofUsers));
    assertThat(chapters)
        .extracting(chapter -> chapter.table() + " " + chapter.name())
        .doesNotHaveDuplicates()
        .containsAll(names(rules));
  }

  private static List<String> names(Ruleset rules) {
    Stream<String> iptables =
        Stream.concat(rules.chains().stream(), rules.userChains().stream())
            .map(RuleDocumentProperties::name);
    Stream<String> nftables =
        rules.nftTables().stream()
            .flatMap(table ->
                table.chains().stream()
                    .map(chain ->
                        "table "
                            + table.familyKeyword()
                            + " "
                            + table.name()
                            + " "
                            + chain.name()));
    return Stream.concat(iptables, nftables).toList();
  }

  private static String name(Chain chain) {
    return chain.table().keyword() + " " + chain.name();
  }

  private static boolean isRule(RuleDocument.Line line) {
    return !line.text().startsWith("-P ")
        && !line.text().startsWith("type ")
        && !line.text().startsWith("\"")
        && !isPort(line);
  }

  /** An element of a set or map: {@code tcp . 8080 : 172.17.0.2 . 80}. */
  private static boolean isPort(RuleDocument.Line line) {
    return Stream.of(Protocol.values())
        .anyMatch(protocol -> line.text().startsWith(protocol.keyword() + " . "));
  }

  private static RuleDocument document(LayoutName name, Family family, DesiredState state) {
    return RuleDocument.of(name.layout().rulesFor(state, family));
  }
}
