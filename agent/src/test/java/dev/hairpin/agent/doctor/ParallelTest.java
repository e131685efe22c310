package dev.hairpin.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ParallelTest {
  @Test
  @Timeout(10)
  void tasksRunSideBySideAndAllOfThemAreWaitedFor() {
    CountDownLatch bothRun = new CountDownLatch(2);
    AtomicInteger done = new AtomicInteger();

    try (Parallel tasks = new Parallel()) {
      for (int i = 0; i < 2; i++) {
        tasks.start(() -> {
          meet(bothRun);
          done.incrementAndGet();
        });
      }
    }

    assertThat(done).hasValue(2);
  }

  @Test
  void aTaskMayWaitForASocketWithoutAVirtualThreadsPoller() {
    AtomicBoolean isVirtual = new AtomicBoolean(true);

    try (Parallel tasks = new Parallel()) {
      tasks.start(() -> isVirtual.set(Thread.currentThread().isVirtual()));
    }

    assertThat(isVirtual).isFalse();
  }

  private static void meet(CountDownLatch others) {
    others.countDown();
    try {
      others.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
