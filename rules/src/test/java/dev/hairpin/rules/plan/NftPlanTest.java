package dev.hairpin.rules.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Action.JumpByInterface;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a plan does to a table in which a base chain looks up chains of interfaces. */
class NftPlanTest {
  private static final Ruleset NOTHING = Ruleset.empty(Family.IPV4);
  private static final Rule LOOK_UP =
      Rule.of(List.of(), new JumpByInterface(JumpByInterface.Direction.INPUT, "jumps"));

  @Test
  void aMissingTableIsWrittenWhole() {
    Ruleset desired = Ruleset.of(table(chain("a", 80)));

    assertThat(plan(Tables.empty(Family.IPV4), NOTHING, desired))
        .containsExactly(new NftChange.WriteTable(table(chain("a", 80))));
  }

  @Test
  void aTableThatIsRightIsAdoptedWhoeverMadeIt() {
    NftTable table = table(chain("a", 80), chain("b"));

    assertThat(plan(holding(table), NOTHING, Ruleset.of(table))).isEmpty();
  }

  @Test
  void theOrderInWhichChainsAreListedIsNothingToChange() {
    NftTable table = table(chain("a", 80), chain("b", 81));
    NftTable otherOrder =
        new NftTable(Family.IPV4, "ours", table.maps(), table.chains().reversed());

    assertThat(plan(holding(otherOrder), NOTHING, Ruleset.of(table))).isEmpty();
  }

  @Test
  void onlyTheChainThatDiffersIsRewritten() {
    assertThat(
            plan(
                holding(table(chain("a", 80), chain("b", 81))),
                NOTHING,
                Ruleset.of(table(chain("a", 80, 443), chain("b", 81)))))
        .containsExactly(new NftChange.WriteChain("ours", chain("a", 80, 443)));
  }

  @Test
  void aNewInterfaceIsAChainAndAJumpMore() {
    assertThat(
            plan(
                holding(table(chain("a", 80))),
                NOTHING,
                Ruleset.of(table(chain("a", 80), chain("b", 81)))))
        .containsExactly(
            new NftChange.WriteChain("ours", chain("b", 81)),
            new NftChange.AddJump("ours", "jumps", "if-b", "b"));
  }

  @Test
  void anInterfaceLessIsAJumpAndThenAChainLess() {
    assertThat(
            plan(
                holding(table(chain("a", 80), chain("b", 81))),
                NOTHING,
                Ruleset.of(table(chain("a", 80)))))
        .containsExactly(
            new NftChange.DeleteJump("ours", "jumps", "if-b"),
            new NftChange.DeleteChain("ours", "b"));
  }

  @Test
  void aJumpThatLeadsElsewhereIsReplaced() {
    NftTable right = table(chain("a", 80), chain("b", 81));
    NftTable wrong =
        new NftTable(
            Family.IPV4,
            "ours",
            List.of(new InterfaceMap("jumps", new TreeMap<>(Map.of("if-a", "b", "if-b", "b")))),
            right.chains());

    assertThat(plan(holding(wrong), NOTHING, Ruleset.of(right)))
        .containsExactly(
            new NftChange.DeleteJump("ours", "jumps", "if-a"),
            new NftChange.AddJump("ours", "jumps", "if-a", "a"));
  }

  @Test
  void whatOthersPutIntoOurTableGoes() {
    NftTable right = table(chain("a", 80));
    List<NftChain> chains = new ArrayList<>(right.chains());
    chains.add(NftChain.regular("theirs", List.of(Rule.of(List.of(), Action.jump("theirs-too")))));
    chains.add(NftChain.regular("theirs-too", List.of()));
    NftTable disturbed = new NftTable(Family.IPV4, "ours", right.maps(), chains);

    assertThat(plan(holding(disturbed), NOTHING, Ruleset.of(right)))
        .containsExactly(
            new NftChange.DeleteChain("ours", "theirs"),
            new NftChange.DeleteChain("ours", "theirs-too"));
  }

  @Test
  void aTableThatItsOwnerLeftIsClaimedAndNothingElse() {
    NftTable wanted = table(chain("a", 80)).owned();

    assertThat(plan(holding(withFlags(wanted, NftTable.ORPHAN)), NOTHING, Ruleset.of(wanted)))
        .containsExactly(new NftChange.ClaimTable("ours"));
    assertThat(plan(holding(wanted), NOTHING, Ruleset.of(wanted))).isEmpty();
  }

  @Test
  void aTableThatNobodyCanClaimIsWrittenAnew() {
    NftTable wanted = table(chain("a", 80)).owned();

    for (Set<NftTable.Flag> flags : List.of(Set.<NftTable.Flag>of(), Set.of(NftTable.Flag.OWNER))) {
      assertThat(plan(holding(withFlags(wanted, flags)), NOTHING, Ruleset.of(wanted)))
          .containsExactly(new NftChange.WriteTable(wanted));
    }
  }

  @Test
  void whoOwnsNoTablesGoesOnWithOneThatAnOwnerLeft() {
    NftTable orphan = withFlags(table(chain("a", 80)), NftTable.ORPHAN);

    assertThat(plan(holding(orphan), NOTHING, Ruleset.of(table(chain("a", 80))))).isEmpty();
    assertThat(plan(holding(orphan), NOTHING, Ruleset.of(table(chain("a", 443)))))
        .containsExactly(new NftChange.WriteChain("ours", chain("a", 443)));
  }

  /** The kernel refuses to have a table that persists declared as one that doesn't. */
  @Test
  void oneThatAnOwnerLeftIsTakenAwayBeforeItIsWrittenAnew() {
    NftTable right = table(chain("a", 80));
    NftTable orphan =
        withFlags(
            new NftTable(Family.IPV4, "ours", List.of(), List.of(chain("a", 80))), NftTable.ORPHAN);

    assertThat(plan(holding(orphan), NOTHING, Ruleset.of(right)))
        .containsExactly(new NftChange.DeleteTable("ours"), new NftChange.WriteTable(right));
  }

  private static NftTable withFlags(NftTable table, Set<NftTable.Flag> flags) {
    return new NftTable(
        table.family(),
        table.inet(),
        table.name(),
        flags,
        table.maps(),
        table.portSets(),
        table.chains(),
        table.others());
  }

  /**
   * A base chain can't be moved, a map can't be changed, and what we can't name we can't delete.
   */
  @Test
  void aTableOfAnotherFrameIsWrittenAnew() {
    NftTable right = table(chain("a", 80));
    NftChange anew = new NftChange.WriteTable(right);
    NftTable elsewhere =
        new NftTable(
            Family.IPV4,
            "ours",
            right.maps(),
            List.of(base(NftChain.Base.FILTER + 10), chain("a", 80)));
    NftTable withoutMap = new NftTable(Family.IPV4, "ours", List.of(), List.of(chain("a", 80)));
    NftTable withSet =
        new NftTable(
            Family.IPV4,
            false,
            "ours",
            Set.of(),
            right.maps(),
            List.of(),
            right.chains(),
            List.of("set {}"));

    for (NftTable present : List.of(elsewhere, withoutMap, withSet)) {
      assertThat(plan(holding(present), NOTHING, Ruleset.of(right))).containsExactly(anew);
    }
  }

  @Test
  void aTableThatWeMadeGoesWhenItIsNotWanted() {
    NftTable table = table(chain("a", 80));

    assertThat(plan(holding(table), Ruleset.of(table), NOTHING))
        .containsExactly(new NftChange.DeleteTable("ours"));
    assertThat(plan(Tables.empty(Family.IPV4), Ruleset.of(table), NOTHING)).isEmpty();
  }

  @Test
  void aTableOfOthersStays() {
    assertThat(plan(holding(table(chain("a", 80))), NOTHING, NOTHING)).isEmpty();
  }

  /** Never is neither in force: the new rules come first and the old ones go last. */
  @Test
  void whenRulesMoveToTheOtherKindOfTableTheNewOnesComeFirst() {
    NftTable table = table(chain("a", 80));
    Chain docker = Chain.regular(Table.FILTER, "DOCKER", List.of());
    Ruleset iptables = new Ruleset(Family.IPV4, List.of(docker), List.of(), List.of());
    Tables withDocker = new Tables(Family.IPV4, List.of(docker));

    assertThat(plan(withDocker, iptables, Ruleset.of(table)))
        .containsExactly(
            new NftChange.WriteTable(table), new Change.DeleteChain(Table.FILTER, "DOCKER"));
    assertThat(plan(holding(table), Ruleset.of(table), iptables))
        .containsExactly(new Change.WriteChain(docker), new NftChange.DeleteTable("ours"));
  }

  @Test
  void whatTheKernelWouldRefuseIsRefused() {
    Tables tables = holding(table(chain("a", 80)));

    refuses(tables, new NftChange.DeleteChain("ours", "a"), "\"a\" is still jumped to");
    refuses(tables, new NftChange.DeleteTable("other"), "no table \"other\"");
    refuses(tables, new NftChange.WriteChain("ours", NftChain.regular("base", List.of())), "move");
    refuses(tables, new NftChange.AddJump("ours", "jumps", "if-a", "a"), "another jump for if-a");
    refuses(tables, new NftChange.AddJump("ours", "jumps", "if-x", "x"), "no chain \"x\"");
    refuses(tables, new NftChange.AddJump("ours", "jumps", "if-x", "base"), "is jumped to");
    refuses(tables, new NftChange.DeleteJump("ours", "jumps", "if-x"), "no jump for if-x");
    refuses(tables, new NftChange.DeleteJump("ours", "x", "if-a"), "no map \"x\"");
    refuses(
        tables,
        new NftChange.WriteChain(
            "ours", NftChain.regular("b", List.of(Rule.of(List.of(), Action.jump("x"))))),
        "no chain \"x\"");
  }

  private static void refuses(Tables tables, NftChange change, String why) {
    assertThatIllegalStateException()
        .isThrownBy(() -> new Plan(List.of(change)).appliedTo(tables))
        .withMessageContaining(why);
  }

  /** The changes, which make of the tables what is desired, after which there are none. */
  private static List<Change> plan(Tables observed, Ruleset owned, Ruleset desired) {
    Plan plan = Plan.between(observed, owned, desired);
    Tables after = plan.appliedTo(observed);
    assertThat(Plan.between(after, desired, desired).changes()).isEmpty();
    return plan.changes();
  }

  private static Tables holding(NftTable table) {
    return new Tables(Family.IPV4, List.of(), List.of(table));
  }

  /** A jump from interface {@code if-a} to chain {@code a}, and so on. */
  private static NftTable table(NftChain... ofInterfaces) {
    TreeMap<String, String> jumps = new TreeMap<>();
    List<NftChain> chains = new ArrayList<>();
    chains.add(base(NftChain.Base.FILTER));
    for (NftChain chain : ofInterfaces) {
      jumps.put("if-" + chain.name(), chain.name());
      chains.add(chain);
    }
    return new NftTable(Family.IPV4, "ours", List.of(new InterfaceMap("jumps", jumps)), chains);
  }

  private static NftChain base(int priority) {
    return new NftChain(
        "base",
        Optional.of(new NftChain.Base(NftChain.Type.FILTER, Hook.FORWARD, priority, Policy.ACCEPT)),
        List.of(LOOK_UP));
  }

  private static NftChain chain(String name, int... ports) {
    List<Rule> rules = new ArrayList<>();
    for (int port : ports) {
      rules.add(Rule.of(List.of(Match.destinationPort(Protocol.TCP, port)), Action.accept()));
    }
    return NftChain.regular(name, rules);
  }
}
