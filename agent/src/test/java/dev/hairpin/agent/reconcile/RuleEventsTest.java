package dev.hairpin.agent.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.posix.RuleWriter;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.ProxyMode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RuleEventsTest {
  private static final Repair REPAIR =
      new Repair(
          List.of("the table ip hairpin was gone"), List.of(new RuleWriter("nft", 4711, 4711)));

  private final AtomicLong clock = new AtomicLong();
  private final AtomicInteger passes = new AtomicInteger();
  private volatile Optional<Repair> repairOfPass = Optional.empty();
  private final Told told = new Told();
  private volatile Duration durationOfPass = Duration.ZERO;
  private volatile Optional<CompletableFuture<Outcome>> running = Optional.empty();
  private final RuleEvents events = RuleEvents.follow(told, this::pass, clock::get);

  @AfterEach
  void end() throws InterruptedException {
    events.close();
    told.news.offer(false, 5, TimeUnit.SECONDS);
  }

  @Test
  void aChangeIsPutRightAtOnce() throws Exception {
    told.step(true);

    assertThat(passes).hasValue(1);
  }

  @Test
  void withoutChangesThereIsNoPass() throws Exception {
    told.step(false);
    told.step(false);

    assertThat(passes).hasValue(0);
  }

  /** Such as those that the pass before has made itself. */
  @Test
  void changesThatLeaveNothingToDoAreLookedAtSoonEachTime() throws Exception {
    for (int i = 0; i < 20; i++) {
      after(Duration.ofMillis(100));
      told.step(true);
    }

    assertThat(passes).hasValue(20);
  }

  @Test
  void whatComesTooSoonIsLookedAtLater() throws Exception {
    told.step(true);
    after(Duration.ofMillis(50));
    told.step(true);
    assertThat(passes).hasValue(1);

    after(Duration.ofMillis(50));
    told.step(false);

    assertThat(passes).hasValue(2);
  }

  @Test
  void whoKeepsUndoingItIsFoughtMoreAndMoreRarely() throws Exception {
    repairOfPass = Optional.of(REPAIR);
    int inTheFirstTenSeconds = passesIn(Duration.ofSeconds(10));
    passesIn(Duration.ofMinutes(5));
    int inTheLastMinutes = passesIn(Duration.ofMinutes(5));

    assertThat(inTheFirstTenSeconds).isBetween(4, 8);
    assertThat(inTheLastMinutes).isEqualTo(10);
  }

  @Test
  void whoKeepsUndoingItIsNamedOnce() throws Exception {
    repairOfPass = Optional.of(REPAIR);
    try (LoggedLines lines = LoggedLines.of(RuleEvents.class)) {
      passesIn(Duration.ofMinutes(5));

      assertThat(lines.all())
          .containsExactly(
              "nft (pid 4711) keeps changing our rules, which are put right every 30 s from now on;"
                  + " have it leave them alone, or stop it");
    }
  }

  /** So that a pass can say who else was at it. */
  @Test
  void newsAreHeardWhileAPassRuns() throws Exception {
    CompletableFuture<Outcome> slow = new CompletableFuture<>();
    running = Optional.of(slow);
    told.step(true);
    after(Duration.ofMillis(100));
    told.step(true);
    assertThat(passes).hasValue(1);

    slow.cancel(false);
    running = Optional.empty();
    told.step(false);
    after(Duration.ofSeconds(1));
    told.step(false);

    assertThat(passes).hasValue(2);
  }

  @Test
  void whoCalmsDownIsForgiven() throws Exception {
    repairOfPass = Optional.of(REPAIR);
    passesIn(Duration.ofMinutes(5));
    repairOfPass = Optional.empty();
    passesIn(Duration.ofSeconds(91));
    int before = passes.get();
    after(Duration.ofMillis(100));

    told.step(true);
    after(Duration.ofMillis(100));
    told.step(true);

    assertThat(passes).hasValue(before + 2);
  }

  /** While there is a change every tenth of a second. */
  private int passesIn(Duration time) throws InterruptedException {
    int before = passes.get();
    for (long millis = 0; millis < time.toMillis(); millis += 100) {
      after(Duration.ofMillis(100));
      told.step(true);
    }
    return passes.get() - before;
  }

  private void after(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  @Test
  void slowPassesAreMadeATenthOfTheTimeAtMost() throws Exception {
    durationOfPass = Duration.ofSeconds(1);

    assertThat(passesIn(Duration.ofSeconds(110))).isBetween(9, 12);
  }

  private CompletableFuture<Outcome> pass() {
    passes.incrementAndGet();
    if (running.isPresent()) {
      return running.get();
    }
    after(durationOfPass);
    DesiredState nothing =
        DesiredState.of(
            List.of(), List.of(), FirewallOptions.of(ProxyMode.USERLAND, Set.of(), Set.of()));
    return CompletableFuture.completedFuture(
        new Outcome(nothing, Map.of(), List.of(), 1, repairOfPass));
  }

  /** Tells what the test says, one thing at a time. */
  private static final class Told implements RuleEvents.Notices {
    private final SynchronousQueue<Boolean> news = new SynchronousQueue<>();
    private final Semaphore waiting = new Semaphore(0);

    @Override
    public boolean await() throws IOException {
      waiting.release();
      try {
        return news.take();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    /** Returns when it has been dealt with. */
    void step(boolean changed) throws InterruptedException {
      assertThat(waiting.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
      news.put(changed);
      assertThat(waiting.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
      waiting.release();
    }

    @Override
    public void close() {}
  }
}
