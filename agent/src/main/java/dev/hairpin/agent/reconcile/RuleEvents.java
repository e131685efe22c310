package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has rules put right when somebody has changed them: at once, and more and more rarely while
 * somebody goes on undoing it.
 */
public final class RuleEvents implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RuleEvents.class);

  /** Between passes, even when they find nothing: another program may write rule by rule. */
  private static final Duration SHORTEST = Duration.ofMillis(100);

  /**
   * How much longer a pause is than the pass before it took, whoever changes rules all the time.
   */
  private static final int SHARE = 10;

  /** As rarely as passes are made that nobody asked for. */
  private static final Duration LONGEST = Pacer.FULL;

  private final Notices notices;
  private final Supplier<CompletableFuture<Outcome>> pass;
  private final LongSupplier nanoClock;
  private final Thread thread;
  private volatile boolean closed;

  private Duration pause = SHORTEST;
  private long lastPass;
  private long lastRepair;
  private Duration rest = Duration.ZERO;
  private boolean pending;
  private boolean saidSo;
  private Optional<CompletableFuture<Passed>> running = Optional.empty();

  /** Where changes are heard of. */
  public interface Notices extends AutoCloseable {
    /**
     * Waits a while; returns whether others may have changed something since the last call. A
     * change of our own costs a pass that finds nothing to do.
     */
    boolean await() throws IOException;

    @Override
    void close();
  }

  private RuleEvents(
      Notices notices, Supplier<CompletableFuture<Outcome>> pass, LongSupplier nanoClock) {
    this.notices = requireNonNull(notices, "notices");
    this.pass = requireNonNull(pass, "pass");
    this.nanoClock = requireNonNull(nanoClock, "nanoClock");
    this.lastPass = nanoClock.getAsLong() - LONGEST.toNanos();
    this.lastRepair = lastPass;
    // A virtual one would be stuck to its carrier in a call that waits.
    this.thread = Thread.ofPlatform().name("rule-events").daemon().unstarted(this::follow);
  }

  /**
   * Starts to follow.
   *
   * @param notices closed when they are waited for no more
   * @param pass {@link ReconcileLoop#pass}
   */
  public static RuleEvents follow(
      Notices notices, Supplier<CompletableFuture<Outcome>> pass, LongSupplier nanoClock) {
    RuleEvents events = new RuleEvents(notices, pass, nanoClock);
    events.thread.start();
    return events;
  }

  /** Returns at once; the thread ends after its last wait. */
  @Override
  public void close() {
    closed = true;
  }

  private void follow() {
    try (notices) {
      while (!closed) {
        // While a pass runs as well: who else is at it shall be known when it is reported.
        pending |= notices.await();
        if (running.isPresent() && running.get().isDone()) {
          passed(running.get().join());
          running = Optional.empty();
        }
        if (pending && running.isEmpty() && isTime(nanoClock.getAsLong())) {
          pending = false;
          running = Optional.of(putRight());
        }
      }
    } catch (IOException e) {
      log.error(
          "{}; what others change is seen every {} s only", e.getMessage(), Pacer.FULL.toSeconds());
    }
  }

  private boolean isTime(long now) {
    if (now - lastRepair > 2 * LONGEST.toNanos()) {
      pause = SHORTEST;
      saidSo = false;
    }
    return now - lastPass >= Math.max(pause.toNanos(), rest.toNanos());
  }

  private record Passed(long begun, long ended, Optional<Repair> repair) {}

  /** A pass that fails is tried again by the loop itself, and says so. */
  private CompletableFuture<Passed> putRight() {
    long begun = nanoClock.getAsLong();
    return pass.get()
        .handle((outcome, failure) ->
            new Passed(
                begun,
                nanoClock.getAsLong(),
                Optional.ofNullable(outcome).flatMap(Outcome::repair)));
  }

  private void passed(Passed last) {
    lastPass = last.ended();
    rest = Duration.ofNanos(SHARE * (last.ended() - last.begun()));
    last.repair()
        .ifPresent(repair -> {
          lastRepair = lastPass;
          pause = shorter(pause.multipliedBy(2), LONGEST);
          if (pause.equals(LONGEST) && !saidSo) {
            saidSo = true;
            log.warn(
                "{} keeps changing our rules, which are put right every {} s from now on; have it leave"
                    + " them alone, or stop it",
                repair.who(),
                LONGEST.toSeconds());
          }
        });
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
