package dev.hairpin.agent.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PacerTest {
  private static final long MS = Duration.ofMillis(1).toNanos();

  private final Pacer pacer = new Pacer(0);

  @Test
  void theFirstPassIsDueAtOnce() {
    assertThat(pacer.untilDue(0)).isZero();
  }

  @Test
  void aPassWaitsForAQuietMoment() {
    pacer.succeeded(0);
    pacer.wake(100 * MS);
    pacer.wake(115 * MS);

    assertThat(pacer.untilDue(120 * MS)).isEqualTo(15 * MS);
    assertThat(pacer.untilDue(135 * MS)).isZero();
  }

  @Test
  void aSteadyStreamOfWakeUpsCannotPutItOffForEver() {
    pacer.succeeded(0);
    for (long at = 100; at < 350; at += 10) {
      pacer.wake(at * MS);
      assertThat(pacer.untilDue(at * MS)).isPositive();
    }
    pacer.wake(350 * MS);

    assertThat(pacer.untilDue(350 * MS)).isZero();
  }

  @Test
  void manyWakeUpsMakeOnePass() {
    pacer.succeeded(0);
    pacer.wake(1);
    pacer.wake(2);
    pacer.begin();
    pacer.succeeded(30 * MS);

    assertThat(pacer.untilDue(60 * MS)).isGreaterThan(1000 * MS);
  }

  @Test
  void aPassIsMadeNowAndThenWithoutBeingAskedFor() {
    pacer.succeeded(0);

    assertThat(pacer.untilDue(0)).isEqualTo(Pacer.FULL.toNanos());
  }

  @Test
  void aFailedPassIsTriedAgainLessAndLessOften() {
    pacer.failed(0);
    assertThat(pacer.untilDue(0)).isEqualTo(1000 * MS);
    pacer.failed(0);
    assertThat(pacer.untilDue(0)).isEqualTo(2000 * MS);
    for (int i = 0; i < 10; i++) {
      pacer.failed(0);
    }
    assertThat(pacer.untilDue(0)).isEqualTo(Pacer.FULL.toNanos());
    pacer.succeeded(0);
    pacer.failed(0);
    assertThat(pacer.untilDue(0)).isEqualTo(1000 * MS);
  }

  @Test
  void afterAFailureAWakeUpIsHeardAsEver() {
    pacer.failed(0);
    pacer.wake(10 * MS);

    assertThat(pacer.untilDue(10 * MS)).isEqualTo(Pacer.QUIET.toNanos());
  }
}
