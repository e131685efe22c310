package dev.hairpin.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hairpin.proxy.posix.Scheduling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

class LoopThreadsTest {
  private static final int SCHED_OTHER = 0;
  private static final int SCHED_BATCH = 3;
  private static final int SCHED_IDLE = 5;

  /** proc_pid_stat(5): policy is field 41, and the name, field 2, ends with the last bracket. */
  private static final int POLICY_AFTER_NAME = 41 - 3;

  @Test
  void anEventLoopPushesNobodyAside() throws Exception {
    assertThat(in(new LoopThreads(), LoopThreadsTest::policy)).isEqualTo(SCHED_BATCH);
  }

  /** Where the kernel knows turns of different lengths, sched_getattr tells (Linux 6.12). */
  @Test
  void anEventLoopsTurnIsLong() throws Exception {
    String slice = in(new LoopThreads(), LoopThreadsTest::slice);
    assumeThat(slice).as("a slice in /proc/self/sched").isNotEmpty();
    assertThat(slice).isEqualTo("10000000");
  }

  @Test
  void otherThreadsAreTreatedAsBefore() throws Exception {
    in(new LoopThreads(), LoopThreadsTest::policy);
    assertThat(policy()).isEqualTo(SCHED_OTHER);
  }

  @Test
  void aPolicyThatSomeoneChoseStays() throws Exception {
    Integer policy =
        in(
            Thread.ofPlatform().factory(),
            () -> {
              chooseIdle();
              Scheduling.waitForTurn();
              return policy();
            });
    assertThat(policy).isEqualTo(SCHED_IDLE);
  }

  private static <T> T in(ThreadFactory threads, Callable<T> task) throws Exception {
    FutureTask<T> result = new FutureTask<>(task);
    threads.newThread(result).start();
    return result.get();
  }

  private static void chooseIdle() throws IOException, InterruptedException {
    Process chrt =
        new ProcessBuilder("chrt", "--pid", "--idle", "0", thread().getFileName().toString())
            .inheritIO()
            .start();
    assertThat(chrt.waitFor()).isZero();
  }

  private static int policy() throws IOException {
    String stat = Files.readString(thread().resolve("stat"));
    String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Integer.parseInt(afterName[POLICY_AFTER_NAME]);
  }

  private static String slice() throws IOException {
    return Files.readAllLines(thread().resolve("sched")).stream()
        .filter(line -> line.startsWith("se.slice"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("");
  }

  /** Of the calling one, below /proc. */
  private static Path thread() throws IOException {
    return Path.of("/proc/thread-self").toRealPath();
  }
}
