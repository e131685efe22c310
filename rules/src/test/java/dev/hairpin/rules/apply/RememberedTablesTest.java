package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.NftChange;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RememberedTablesTest {
  private static final Set<String> OURS = Set.of("ours");
  private static final NftChain FILLED =
      NftChain.regular("ports", List.of(Rule.of(List.of(), Action.accept())));
  private static final List<NftChange> FILL = List.of(new NftChange.WriteChain("ours", FILLED));

  /** Changes that anybody makes. */
  private long generation = 41;

  private boolean counted = true;
  private int readings;
  private List<NftChain> inKernel = List.of(NftChain.regular("ports", List.of()));
  private final RememberedTables remembered =
      new RememberedTables(() -> OptionalLong.of(generation), family -> counted);

  @Test
  void whatNobodyHasChangedIsReadOnce() throws FirewallException {
    recall(Family.IPV4);

    assertThat(recall(Family.IPV4)).isEqualTo(tables(Family.IPV4));
    assertThat(readings).isEqualTo(1);
  }

  @Test
  void eachFamilyAndEachChoiceOfTablesIsReadByItself() throws FirewallException {
    recall(Family.IPV4);
    recall(Family.IPV6);
    remembered.recall(Family.IPV4, Set.of("ours", "theirs"), () -> read(Family.IPV4));

    assertThat(readings).isEqualTo(3);
  }

  @Test
  void whatSomebodyHasChangedIsReadAgain() throws FirewallException {
    recall(Family.IPV4);
    change(List.of(FILLED));

    assertThat(recall(Family.IPV4)).isEqualTo(tables(Family.IPV4));
    assertThat(readings).isEqualTo(2);
  }

  @Test
  void ourOwnChangeIsKnownWithoutReading() throws FirewallException {
    recall(Family.IPV4);
    recall(Family.IPV6);

    remembered.change(Family.IPV4, FILL, () -> change(List.of(FILLED)));

    assertThat(chains(recall(Family.IPV4))).containsExactly(FILLED);
    assertThat(chains(recall(Family.IPV6)))
        .as("of the family that was not changed")
        .containsExactly(NftChain.regular("ports", List.of()));
    assertThat(readings).isEqualTo(2);
  }

  @Test
  void whoeverDidNotAskForTheTableIsNotToldOfItsChange() throws FirewallException {
    remembered.recall(Family.IPV4, Set.of(), () -> Tables.empty(Family.IPV4));

    remembered.change(Family.IPV4, FILL, () -> change(List.of(FILLED)));

    assertThat(
            remembered.recall(
                Family.IPV4,
                Set.of(),
                () -> {
                  throw new AssertionError("it was read");
                }))
        .isEqualTo(Tables.empty(Family.IPV4));
  }

  @Test
  void aChangeOfSomebodyElseBesideOursHasEverythingReadAgain() throws FirewallException {
    recall(Family.IPV4);

    remembered.change(
        Family.IPV4,
        FILL,
        () -> {
          change(List.of());
          change(List.of(FILLED));
        });

    recall(Family.IPV4);
    assertThat(readings).isEqualTo(2);
  }

  @Test
  void aChangeBeforeOursIsNotTakenForNone() throws FirewallException {
    recall(Family.IPV4);
    change(List.of());

    remembered.change(Family.IPV4, FILL, () -> change(List.of(FILLED)));

    recall(Family.IPV4);
    assertThat(readings).isEqualTo(2);
  }

  @Test
  void aChangeWhileItIsReadIsNotMissed() throws FirewallException {
    remembered.recall(
        Family.IPV4,
        OURS,
        () -> {
          Tables old = read(Family.IPV4);
          change(List.of(FILLED));
          return old;
        });

    assertThat(chains(recall(Family.IPV4))).containsExactly(FILLED);
  }

  @Test
  void afterAFailedChangeEverythingIsReadAgain() throws FirewallException {
    recall(Family.IPV4);

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() ->
            remembered.change(
                Family.IPV4,
                FILL,
                () -> {
                  throw new FirewallException("change the IPv4 rules: no");
                }));

    recall(Family.IPV4);
    assertThat(readings).isEqualTo(2);
  }

  @Test
  void rulesThatTheKernelDoesNotCountAreReadEachTime() throws FirewallException {
    counted = false;

    recall(Family.IPV4);
    recall(Family.IPV4);

    assertThat(readings).isEqualTo(2);
  }

  @Test
  void withoutAGenerationEverythingIsReadEachTime() throws FirewallException {
    RememberedTables forgetful =
        new RememberedTables(
            RulesetGeneration.UNKNOWN,
            family -> {
              throw new AssertionError("nobody needs to know");
            });

    forgetful.recall(Family.IPV4, OURS, () -> read(Family.IPV4));
    forgetful.change(Family.IPV4, FILL, () -> change(List.of(FILLED)));

    assertThat(chains(forgetful.recall(Family.IPV4, OURS, () -> read(Family.IPV4))))
        .containsExactly(FILLED);
    assertThat(readings).isEqualTo(2);
  }

  private void change(List<NftChain> chains) {
    inKernel = chains;
    generation++;
  }

  private Tables recall(Family family) throws FirewallException {
    return remembered.recall(family, OURS, () -> read(family));
  }

  private Tables read(Family family) {
    readings++;
    return tables(family);
  }

  private Tables tables(Family family) {
    return new Tables(
        family, List.of(), List.of(new NftTable(family, "ours", List.of(), inKernel)));
  }

  private static List<NftChain> chains(Tables tables) {
    return tables.nftTable("ours").orElseThrow().chains();
  }
}
