package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.docker.DockerUnreachableException;
import dev.hairpin.agent.docker.DockerView;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Docker said last, read again on a thread of its own whenever something may have changed. A
 * pass never waits for Docker: while dockerd starts a container it answers no questions about it,
 * and the container's rules must be there before it runs.
 */
public final class LatestDocker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LatestDocker.class);

  /** How often Docker is asked when no event says that something changed. */
  private static final Duration UNASKED = Duration.ofSeconds(30);

  /** How soon it is asked again when it did not answer. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  /**
   * How soon it is asked again after an event, and then after twice that, and so on. dockerd
   * reports that a container died some time before its list of running containers says so
   * (monitor.go: CheckpointTo comes after the event "die" and after the container's network is
   * gone), and nothing is reported when it does.
   */
  private static final Duration SETTLING = Duration.ofMillis(250);

  private final DockerView view;
  private final Runnable changed;
  private final Thread thread;
  private final Semaphore reasonsToAsk = new Semaphore(0);

  /** What was said later must not be replaced by what was said before. */
  private final Object asking = new Object();

  private Optional<DockerSnapshot> latest = Optional.empty();
  private Optional<String> trouble = Optional.empty();

  private LatestDocker(DockerView view, Runnable changed) {
    this.view = requireNonNull(view, "view");
    this.changed = requireNonNull(changed, "changed");
    this.thread = Thread.ofPlatform().name("docker-state").daemon().unstarted(this::run);
  }

  /**
   * Asks Docker once, then goes on asking.
   *
   * @param changed called after {@link #latest} has changed, on a thread of this; must not block
   */
  public static LatestDocker start(DockerView view, Runnable changed) {
    LatestDocker docker = new LatestDocker(view, changed);
    docker.ask();
    docker.thread.start();
    return docker;
  }

  /** Something may have changed; Docker is asked again. Returns at once. */
  public void refresh() {
    reasonsToAsk.release();
  }

  /**
   * Asks Docker now, on the caller's thread: what it says is the {@link #latest} when this returns.
   */
  public void ask() {
    synchronized (asking) {
      askOnce();
    }
  }

  /** Docker seems to be there; if it gave no answer the last time, it is asked again. */
  public void refreshIfSilent() {
    if (trouble().isPresent()) {
      refresh();
    }
  }

  /** Empty while Docker has not said anything. */
  public synchronized Optional<DockerSnapshot> latest() {
    return latest;
  }

  /** Why Docker can't be asked now; empty when it can. What it said before still stands. */
  public synchronized Optional<String> trouble() {
    return trouble;
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try {
      Duration patience = UNASKED;
      while (!Thread.interrupted()) {
        Duration longest = trouble().isPresent() ? RETRY : UNASKED;
        if (awaitReason(shorter(patience, longest))) {
          patience = SETTLING;
        } else {
          patience = shorter(patience.multipliedBy(2), UNASKED);
        }
        ask();
      }
    } catch (InterruptedException e) {
      log.debug("no longer asking Docker");
    }
  }

  private boolean awaitReason(Duration patience) throws InterruptedException {
    boolean asked = reasonsToAsk.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
    reasonsToAsk.drainPermits();
    return asked;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private void askOnce() {
    try {
      DockerSnapshot snapshot = view.snapshot();
      if (isNew(snapshot)) {
        changed.run();
      }
    } catch (DockerUnreachableException e) {
      failed(e.getMessage());
    } catch (RuntimeException e) {
      // Whatever an answer holds that nobody foresaw, Docker is asked again.
      log.debug("ask Docker", e);
      failed("ask Docker: " + e);
    }
  }

  private synchronized boolean isNew(DockerSnapshot snapshot) {
    trouble.ifPresent(text -> log.info("Docker answers again"));
    trouble = Optional.empty();
    boolean isNew = !latest.equals(Optional.of(snapshot));
    latest = Optional.of(snapshot);
    return isNew;
  }

  private synchronized void failed(String problem) {
    if (trouble.isEmpty() && latest.isPresent()) {
      log.warn("{}; what it said last still stands", problem);
    }
    trouble = Optional.of(problem);
  }
}
