package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NftThreadTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration TOO_SHORT = Duration.ofMillis(50);

  private final CountDownLatch kernelAnswers = new CountDownLatch(1);
  private final List<String> carriedOut = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();

  /** Whose kernel takes its time over the script "slow". */
  private final class Context implements NftContext {
    Context() {
      threads.add(Thread.currentThread());
    }

    @Override
    public Finished run(String script) throws IOException {
      threads.add(Thread.currentThread());
      if (script.equals("slow")) {
        awaitKernel();
      }
      if (script.equals("unreadable")) {
        throw new IOException("make a file for nft: too many open files");
      }
      carriedOut.add(script);
      return new Finished(0, "", "");
    }

    private void awaitKernel() throws IOException {
      try {
        kernelAnswers.await();
      } catch (InterruptedException e) {
        throw new IOException("a call of the library can't be interrupted", e);
      }
    }

    @Override
    public Finished check(String script) {
      throw new AssertionError("nothing is to be checked");
    }
  }

  @Test
  void aContextIsUsedByTheThreadThatOpenedIt() throws CommandException {
    NftThread nft = NftThread.open(Context::new, SOON);

    nft.run("one", SOON);
    nft.run("two", SOON);

    assertThat(carriedOut).containsExactly("one", "two");
    assertThat(threads).hasSize(3).containsOnly(threads.getFirst());
    assertThat(threads.getFirst()).isNotEqualTo(Thread.currentThread());
    assertThat(threads.getFirst().isDaemon()).isTrue();
  }

  @Test
  void aScriptThatTakesTooLongIsGivenUpAndGoesOn() throws CommandException {
    NftThread nft = NftThread.open(Context::new, SOON);

    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> nft.run("slow", TOO_SHORT))
        .withMessage("run nft in this process: no answer after 50 ms");
    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> nft.run("too late", TOO_SHORT))
        .withMessage("run nft in this process: no answer after 50 ms");

    kernelAnswers.countDown();
    nft.run("after it", SOON);
    assertThat(carriedOut).containsExactly("slow", "after it");
  }

  @Test
  void whatCannotBeDoneIsSaid() throws CommandException {
    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() ->
            NftThread.open(
                () -> {
                  throw new IOException("load libnftables.so.1: no such file");
                },
                SOON))
        .withMessage("run nft in this process: load libnftables.so.1: no such file");

    NftThread nft = NftThread.open(Context::new, SOON);
    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> nft.run("unreadable", SOON))
        .withMessage("run nft in this process: make a file for nft: too many open files");
  }

  @Test
  void whoIsInterruptedStaysSo() throws CommandException {
    NftThread nft = NftThread.open(Context::new, SOON);
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> nft.run("slow", SOON))
        .withMessage("run nft in this process: interrupted");

    assertThat(Thread.interrupted()).isTrue();
    kernelAnswers.countDown();
  }
}
