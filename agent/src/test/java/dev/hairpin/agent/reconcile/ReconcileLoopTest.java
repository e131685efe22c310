package dev.hairpin.agent.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.rules.apply.FirewallException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ReconcileLoopTest {
  private static final Outcome NOTHING =
      new Outcome(
          AppliedRecord.nothing(Standing.REPLACE).state(),
          Map.of(),
          List.of(),
          0,
          Optional.empty());

  private final ReconcileLoop loop = new ReconcileLoop(System::nanoTime);

  @AfterEach
  void end() {
    loop.close();
  }

  @Test
  void itBeginsWithAPassThatNobodyAskedFor() throws Exception {
    CountDownLatch passed = new CountDownLatch(1);
    loop.start(() -> {
      passed.countDown();
      return NOTHING;
    });

    assertThat(passed.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aPassThatIsAskedForBeginsAfterItWasAskedFor() throws Exception {
    CountDownLatch firstRuns = new CountDownLatch(1);
    CountDownLatch firstMayEnd = new CountDownLatch(1);
    AtomicInteger passes = new AtomicInteger();
    loop.start(() -> {
      if (passes.incrementAndGet() == 1) {
        firstRuns.countDown();
        awaitUninterrupted(firstMayEnd);
      }
      return NOTHING;
    });
    firstRuns.await();
    CompletableFuture<Outcome> asked = loop.pass();
    firstMayEnd.countDown();

    assertThat(asked.get(10, TimeUnit.SECONDS)).isEqualTo(NOTHING);
    assertThat(passes.get()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void whatAPassThrewReachesWhoAskedForItAndIsOverWithTheNext() throws Exception {
    AtomicInteger passes = new AtomicInteger();
    loop.start(() -> {
      if (passes.incrementAndGet() <= 2) {
        throw new FirewallException("not now");
      }
      return NOTHING;
    });

    assertThatThrownBy(() -> loop.pass().get(10, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("not now");
    assertThat(loop.trouble()).contains("not now");
    while (passes.get() < 3) {
      loop.pass().handle((outcome, failure) -> outcome).get(10, TimeUnit.SECONDS);
    }
    loop.pass().get(10, TimeUnit.SECONDS);
    assertThat(loop.trouble()).isEmpty();
  }

  @Test
  void aProgrammingErrorDoesNotEndTheLoop() throws Exception {
    AtomicInteger passes = new AtomicInteger();
    loop.start(() -> {
      if (passes.incrementAndGet() == 1) {
        throw new IllegalStateException("a bug");
      }
      return NOTHING;
    });
    loop.pass().handle((outcome, failure) -> outcome).get(10, TimeUnit.SECONDS);

    assertThat(loop.pass().get(10, TimeUnit.SECONDS)).isEqualTo(NOTHING);
  }

  @Test
  void whoAsksAfterTheEndIsTurnedAway() {
    loop.start(() -> NOTHING);
    loop.close();

    assertThat(loop.pass()).isCompletedExceptionally();
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      if (!latch.await(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody opened the latch");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
