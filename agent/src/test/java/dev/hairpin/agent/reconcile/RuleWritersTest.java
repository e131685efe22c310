package dev.hairpin.agent.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.posix.RuleWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuleWritersTest {
  private static final RuleWriter NFT = new RuleWriter("nft", 4711, 4711);
  private static final RuleWriter IPTABLES = new RuleWriter("iptables", 4712, 4712);

  private final RuleWriters writers = new RuleWriters();

  @Test
  void whoWroteBeforeAPassAndWhileItLooksIsTold() {
    writers.heard(NFT);
    writers.beginPass();
    writers.heard(IPTABLES);

    assertThat(writers.sinceLastPass()).containsExactly(NFT, IPTABLES);
  }

  @Test
  void whoDidNoHarmIsForgottenWithTheNextPass() {
    writers.heard(NFT);
    writers.beginPass();
    writers.beginPass();

    assertThat(writers.sinceLastPass()).isEmpty();
  }

  /** What a pass did not see any more is found by the next. */
  @Test
  void whoWroteDuringAPassIsToldByTheNextAsWell() {
    writers.beginPass();
    writers.heard(NFT);
    writers.beginPass();

    assertThat(writers.sinceLastPass()).containsExactly(NFT);
  }

  @Test
  void ourOwnToolsAreLeftOutWhicheverNewsComesFirst() {
    writers.heard(NFT);
    writers.started(NFT.pid());
    assertThat(writers.sinceLastPass()).isEmpty();

    writers.beginPass();
    writers.heard(NFT);
    assertThat(writers.sinceLastPass()).isEmpty();
  }

  /** The kernel numbers processes as its own PID namespace does, and we may be in another. */
  @Test
  void inAPidNamespaceOurToolsAreKnownByTheirSockets() {
    writers.started(17);
    writers.heard(new RuleWriter("nft", 90017, 17));

    assertThat(writers.sinceLastPass()).isEmpty();
  }

  @Test
  void aChangeByOurToolAloneIsNobodyElses() {
    writers.started(NFT.pid());

    assertThat(writers.areOthersAmong(List.of(NFT))).isFalse();
    assertThat(writers.areOthersAmong(List.of(NFT, IPTABLES))).isTrue();
  }

  @Test
  void aNumberThatWasOursLongAgoMayBeAnybodys() {
    writers.started(NFT.pid());
    writers.beginPass();
    writers.beginPass();
    writers.heard(NFT);

    assertThat(writers.sinceLastPass()).containsExactly(NFT);
  }

  @Test
  void howManyAreRememberedIsBounded() {
    for (int pid = 0; pid < 10_000; pid++) {
      writers.heard(new RuleWriter("nft", pid, pid));
    }

    assertThat(writers.sinceLastPass()).hasSize(RuleWriters.MOST);
    assertThat(new Repair(List.of("x"), writers.sinceLastPass()))
        .hasToString(
            "put right what nft (pid 0), nft (pid 1), nft (pid 2) and 61 more had changed: x");
  }

  @Test
  void whereTheKernelDidNotTellItWasSomebody() {
    assertThat(new Repair(List.of("the table ip hairpin was gone"), List.of()))
        .hasToString("put right what somebody had changed: the table ip hairpin was gone");
  }
}
