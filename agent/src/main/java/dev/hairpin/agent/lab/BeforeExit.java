package dev.hairpin.agent.lab;

import dev.hairpin.agent.ConfigurationException;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** Work that is undone whatever becomes of it: the JVM waits for the undoing, also on Ctrl-C. */
final class BeforeExit {
  private BeforeExit() {}

  interface Work<T> {
    T work() throws ConfigurationException, IOException, InterruptedException;
  }

  interface Undoing {
    void undo() throws IOException, InterruptedException;
  }

  /** Works, and then undoes. */
  static <T> T call(Work<T> work, Undoing undoing)
      throws ConfigurationException, IOException, InterruptedException {
    CountDownLatch finished = new CountDownLatch(1);
    waitBeforeExit(Thread.currentThread(), finished);
    try {
      return work.work();
    } finally {
      // An interrupt ended the work, and must not end the undoing.
      boolean interrupted = Thread.interrupted();
      try {
        undoing.undo();
      } finally {
        finished.countDown();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private static void waitBeforeExit(Thread worker, CountDownLatch finished) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (finished.getCount() > 0) {
                    worker.interrupt();
                  }
                  try {
                    finished.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "undo lab"));
  }
}
