package dev.hairpin.agent.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Tasks that wait for tools and sockets, side by side. On platform threads: for a virtual one that
 * waits for a socket the JDK starts a poller, which stays in epoll_wait(2), and a JVM that ends
 * waits up to 0.3 s for threads that are within the system (VM_Exit, vmOperations.cpp). Also, what
 * carries virtual threads may have been started inside of a container, and is there ever after.
 */
final class Parallel implements AutoCloseable {
  private final ExecutorService threads = Executors.newCachedThreadPool();
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
