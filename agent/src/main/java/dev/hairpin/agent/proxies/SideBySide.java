package dev.hairpin.agent.proxies;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Does the same with many ports. Each has to wait for the event loop that serves it; several that
 * wait together are dealt with in one turn of the loop.
 */
final class SideBySide {
  /** How many wait together. */
  private static final int WORKERS = 16;

  /** For fewer it isn't worth a thread. */
  private static final int FEW = 2 * WORKERS;

  private SideBySide() {}

  /**
   * Returns when it is done with all.
   *
   * @param action called by several threads at once
   * @throws CompletionException of what an action threw, when the other threads have ended
   */
  static <P> void forEach(List<P> ports, Consumer<P> action) {
    if (ports.size() < FEW) {
      ports.forEach(action);
      return;
    }
    try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture.allOf(
              IntStream.range(0, WORKERS)
                  .mapToObj(worker ->
                      CompletableFuture.runAsync(() -> share(ports, worker, action), workers))
                  .toArray(CompletableFuture<?>[]::new))
          .join();
    }
  }

  private static <P> void share(List<P> ports, int worker, Consumer<P> action) {
    for (int next = worker; next < ports.size(); next += WORKERS) {
      action.accept(ports.get(next));
    }
  }
}
