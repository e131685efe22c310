package dev.hairpin.agent.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Tasks that wait for tools, side by side. */
final class Parallel implements AutoCloseable {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<CompletableFuture<Void>> started = new ArrayList<>();

  void start(Runnable task) {
    started.add(CompletableFuture.runAsync(task, threads));
  }

  /** Waits for all of them. */
  @Override
  public void close() {
    try {
      CompletableFuture.allOf(started.toArray(CompletableFuture[]::new)).join();
    } finally {
      threads.shutdownNow();
    }
  }
}
