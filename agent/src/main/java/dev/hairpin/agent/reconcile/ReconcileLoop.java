package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.apply.FirewallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs passes, one after the other, on a thread of its own. Whatever happens only wakes it; {@link
 * Pacer} says when the pass is made.
 */
public final class ReconcileLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReconcileLoop.class);

  private final LongSupplier nanoClock;
  private final Pacer pacer;
  private Optional<Thread> thread = Optional.empty();

  private List<CompletableFuture<Outcome>> waiting = new ArrayList<>();
  private boolean isEnding;
  private long passes;
  private Optional<Outcome> lastOutcome = Optional.empty();
  private Optional<String> trouble = Optional.empty();

  /**
   * A loop that makes no pass yet; it can be woken already.
   *
   * @param nanoClock as {@link System#nanoTime()}
   */
  public ReconcileLoop(LongSupplier nanoClock) {
    this.nanoClock = requireNonNull(nanoClock, "nanoClock");
    this.pacer = new Pacer(nanoClock.getAsLong());
  }

  /** Begins with a pass, which nobody needs to ask for. Called once. */
  public synchronized void start(Pass pass) {
    requireNonNull(pass, "pass");
    thread = Optional.of(Thread.ofPlatform().name("reconcile").start(() -> run(pass)));
  }

  /** What the loop runs: {@link Reconciler#reconcile}. */
  @FunctionalInterface
  public interface Pass {
    Outcome run() throws FirewallException, IOException;
  }

  /** Something may have changed. Returns at once. */
  public synchronized void wake() {
    pacer.wake(nanoClock.getAsLong());
    notifyAll();
  }

  /**
   * The outcome of a pass that begins after this call. It completes exceptionally with what the
   * pass threw, or when the loop ends before it.
   */
  public synchronized CompletableFuture<Outcome> pass() {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    if (isEnding) {
      outcome.completeExceptionally(new IllegalStateException("the agent is ending"));
      return outcome;
    }
    waiting.add(outcome);
    notifyAll();
    return outcome;
  }

  /** How many passes were completed. */
  public synchronized long passes() {
    return passes;
  }

  /** What the last complete pass came to. */
  public synchronized Optional<Outcome> lastOutcome() {
    return lastOutcome;
  }

  /** Why the last pass could not be completed; empty when it was. */
  public synchronized Optional<String> trouble() {
    return trouble;
  }

  /** Lets the pass that runs come to its end, unless interrupted, and makes no other. */
  @Override
  public void close() {
    Optional<Thread> running;
    synchronized (this) {
      isEnding = true;
      notifyAll();
      running = thread;
    }
    try {
      if (running.isPresent()) {
        running.get().join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(Pass pass) {
    try {
      while (true) {
        Optional<List<CompletableFuture<Outcome>>> askers = awaitTurn();
        if (askers.isEmpty()) {
          return;
        }
        pass(pass, askers.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      turnAway();
    }
  }

  /** Waits until a pass is due, and takes those who wait for it along; empty at the end. */
  private synchronized Optional<List<CompletableFuture<Outcome>>> awaitTurn()
      throws InterruptedException {
    while (!isEnding) {
      long nanos = waiting.isEmpty() ? pacer.untilDue(nanoClock.getAsLong()) : 0;
      if (nanos == 0) {
        pacer.begin();
        List<CompletableFuture<Outcome>> askers = waiting;
        waiting = new ArrayList<>();
        return Optional.of(askers);
      }
      wait(nanos / 1_000_000 + 1);
    }
    return Optional.empty();
  }

  private void pass(Pass pass, List<CompletableFuture<Outcome>> askers) {
    try {
      Outcome outcome = pass.run();
      succeeded(outcome);
      askers.forEach(asker -> asker.complete(outcome));
    } catch (FirewallException | IOException | RuntimeException e) {
      failed(e);
      askers.forEach(asker -> asker.completeExceptionally(e));
    }
  }

  private synchronized void succeeded(Outcome outcome) {
    passes++;
    lastOutcome.map(Outcome::failures).ifPresent(earlier -> logChanges(earlier.values(), outcome));
    if (lastOutcome.isEmpty()) {
      logChanges(List.of(), outcome);
    }
    lastOutcome = Optional.of(outcome);
    trouble.ifPresent(text -> log.info("the rules are in step again"));
    trouble = Optional.empty();
    pacer.succeeded(nanoClock.getAsLong());
  }

  private synchronized void failed(Exception problem) {
    String text =
        problem instanceof RuntimeException || problem.getMessage() == null
            ? problem.toString()
            : problem.getMessage();
    if (!trouble.equals(Optional.of(text))) {
      if (problem instanceof RuntimeException) {
        log.error("a pass failed; it is tried again", problem);
      } else {
        log.error("{}; it is tried again", text);
      }
    }
    trouble = Optional.of(text);
    pacer.failed(nanoClock.getAsLong());
  }

  /** Says what can't be served once, not with every pass. */
  private static void logChanges(Collection<String> earlier, Outcome outcome) {
    outcome.failures().values().stream()
        .filter(failure -> !earlier.contains(failure))
        .forEach(failure -> log.warn("{}", failure));
  }

  private synchronized void turnAway() {
    isEnding = true;
    waiting.forEach(
        asker -> asker.completeExceptionally(new IllegalStateException("the agent is ending")));
    waiting.clear();
  }
}
