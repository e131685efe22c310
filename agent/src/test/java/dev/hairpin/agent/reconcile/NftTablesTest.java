package dev.hairpin.agent.reconcile;

import static dev.hairpin.agent.reconcile.World.C1;
import static dev.hairpin.agent.reconcile.World.C1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.DOCKER0;
import static dev.hairpin.agent.reconcile.World.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.control.RuleLine;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.layouts.LeftRules;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.nftables.NftText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent whose layout has tables of nftables' own. */
class NftTablesTest {
  private static final PortBinding C1_8080 = tcp(8080, C1_ADDRESS, 80, C1);

  @TempDir private Path directory;
  private World world;

  @BeforeEach
  void makeWorld() throws IOException {
    world = new World(directory);
    world.dockerSays(C1_8080);
  }

  @Test
  void aPortIsPublishedAndASecondPassChangesNothing() throws Exception {
    World.Agent agent = agent();

    assertThat(agent.pass().changes()).isPositive();

    assertThat(world.kernel.toString())
        .contains("tcp dport 8080 counter dnat to 192.0.2.2:80 comment \"DNAT\"");
    assertThat(agent.pass().changes()).isZero();
  }

  @Test
  void aPortMoreRewritesItsChainsOnly() throws Exception {
    World.Agent agent = agent();
    agent.pass();
    world.dockerSays(C1_8080, tcp(8081, C1_ADDRESS, 81, C1));

    // The chain that sends on, and the one that lets in.
    assertThat(agent.pass().changes()).isEqualTo(2);
  }

  @Test
  void anAgentThatWasKilledIsFollowedByOneThatChangesNothingThatIsRight() throws Exception {
    agent().pass();

    World.Agent next = agent();

    assertThat(next.host().dockerdsRules()).isEmpty();
    assertThat(next.host().layoutInForce()).contains(LayoutName.DOCKER29_NFT);
    assertThat(next.pass().changes()).isZero();
  }

  @Test
  void aFlushedRulesetIsPutBack() throws Exception {
    World.Agent agent = agent();
    agent.pass();
    String before = world.kernel.toString();
    for (Family family : Family.values()) {
      world.kernel.restore(family, List.of());
    }

    agent.pass();

    assertThat(world.kernel.toString()).isEqualTo(before);
  }

  @Test
  void theTeardownTakesTheTablesAway() throws Exception {
    agent().pass();

    assertThat(agent().host().tearDown())
        .contains("removed the IPv4 rules", "removed the IPv6 rules");

    assertThat(world.kernel.toString()).doesNotContain("docker-bridges");
  }

  @Test
  void aTableThatSomebodyElseMadeStaysBesideOurs() throws Exception {
    NftTable theirs = new NftTable(Family.IPV4, "theirs", List.of(), List.of());
    world.kernel.restore(Family.IPV4, List.of(theirs));
    World.Agent agent = agent();

    agent.pass();
    agent.host().tearDown();

    assertThat(nftTables("theirs")).containsExactly(theirs);
  }

  @Test
  void aTableOfOurOwnLayoutIsOwnedWhereThatIsPossible() throws Exception {
    agent(LayoutName.HAIRPIN).pass();
    assertThat(nftTables("hairpin")).allMatch(table -> table.flags().isEmpty()).isNotEmpty();

    world.kernel.ownsTables();
    World.Agent owner = agent(LayoutName.HAIRPIN);
    owner.pass();

    assertThat(nftTables("hairpin", Family.values()))
        .allMatch(table -> table.flags().equals(NftTable.OWNED))
        .isNotEmpty();
    assertThat(owner.pass().changes()).isZero();
  }

  @Test
  void theNextAgentClaimsWhatTheOneBeforeOwned() throws Exception {
    world.kernel.ownsTables();
    agent(LayoutName.HAIRPIN).pass();
    String before = world.kernel.toString();
    world.kernel.ownerEnds();
    assertThat(nftTables("hairpin"))
        .allMatch(table -> table.flags().equals(NftTable.ORPHAN))
        .isNotEmpty();

    World.Agent next = agent(LayoutName.HAIRPIN);

    Outcome outcome = next.pass();
    assertThat(outcome.changes()).as("changes of rules").isZero();
    assertThat(world.kernel).hasToString(before);
  }

  @Test
  void theTableThatDockerdWritesToAsWellIsNotOwned() throws Exception {
    world.kernel.ownsTables();

    agent().pass();

    assertThat(nftTables("docker-bridges")).allMatch(table -> table.flags().isEmpty()).isNotEmpty();
  }

  @Test
  void whatADockerdLeftIsTakenOverAndKeptWhereItIsRight() throws Exception {
    leaveTablesOfDockerd();
    World.Agent agent = agent();
    assertThat(agent.host().dockerdsRules().map(LeftRules::whose))
        .contains("dockerd 29 with nftables");

    agent.pass();

    assertThat(agent.host().dockerdsRules()).isEmpty();
    assertThat(nftTables("docker-bridges")).containsExactly(tableOfDockerd());
  }

  @Test
  void whatADockerdLeftGoesWhereIptablesIsWanted() throws Exception {
    leaveTablesOfDockerd();

    agent(LayoutName.DOCKER29).pass();

    assertThat(nftTables("docker-bridges")).isEmpty();
    assertThat(world.kernel.toString()).contains("-j DNAT --to-destination 192.0.2.2:80");
  }

  @Test
  void everyLineIsListedAsNftPrintsItAndEveryRuleWithItsReason() throws Exception {
    World.Agent agent = agent();
    agent.pass();

    List<RuleLine> lines = agent.host().rules((standing, layout) -> layout.layout());

    assertThat(lines.stream().map(RuleLine::rule))
        .containsExactlyElementsOf(
            NftText.print(nftTables("docker-bridges", Family.values()))
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList());
    assertThat(lines)
        .filteredOn(line -> line.rule().contains(" counter "))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line.reason()).isNotEmpty());
    assertThat(lines)
        .filteredOn(line -> line.rule().contains(" dnat "))
        .singleElement()
        .satisfies(line -> {
          assertThat(line.tool()).isEqualTo(RuleLine.NFT);
          assertThat(line.table()).isEqualTo("docker-bridges");
          assertThat(line.chain()).isEqualTo("nat-prerouting-and-output");
          assertThat(line.publisher()).isEqualTo("container c1");
        });
  }

  private World.Agent agent() throws IOException {
    return agent(LayoutName.DOCKER29_NFT);
  }

  private World.Agent agent(LayoutName layout) throws IOException {
    return world.agent(Settings.of(Standing.REPLACE, layout, ProxyMode.USERLAND));
  }

  private void leaveTablesOfDockerd() {
    world.kernel.restore(Family.IPV4, List.of(tableOfDockerd()));
  }

  private static NftTable tableOfDockerd() {
    DesiredState state =
        DesiredState.of(
            List.of(DOCKER0),
            List.of(C1_8080),
            FirewallOptions.of(ProxyMode.USERLAND, Set.of(Family.IPV4), Set.of()));
    return LayoutName.DOCKER29_NFT.layout().rulesFor(state, Family.IPV4).nftTables().getFirst();
  }

  private List<NftTable> nftTables(String name, Family... families) throws FirewallException {
    List<NftTable> tables = new ArrayList<>();
    for (Family family : families.length == 0 ? new Family[] {Family.IPV4} : families) {
      tables.addAll(world.kernel.observe(family, Set.of(name)).nftTables());
    }
    return tables;
  }
}
