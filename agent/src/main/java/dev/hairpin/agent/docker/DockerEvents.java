package dev.hairpin.agent.docker;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Event;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A signal whenever Docker may have changed: on every event of a container's or a network's life,
 * and each time the stream of events is open (again), so that what was missed is read. A stream
 * that is lost is opened again for as long as this is not closed.
 */
public final class DockerEvents implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DockerEvents.class);

  /** The events that can change a port. Health checks alone would bring several a second. */
  private static final String[] ACTIONS = {
    "start", "restart", "die", "destroy", "rename", "connect", "disconnect", "create", "remove"
  };

  /** For the daemon to answer that the stream is open. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  /**
   * How far back the daemon is asked for events. It opens the stream a moment before it subscribes
   * us, and what happened in between would be lost.
   */
  private static final Duration OVERLAP = Duration.ofSeconds(2);

  private final DockerHost host;
  private final Runnable wake;
  private final Backoff backoff;
  private final Thread thread;
  private volatile boolean closed;
  private boolean down;

  private DockerEvents(DockerHost host, Runnable wake, Backoff backoff) {
    this.host = host;
    this.wake = wake;
    this.backoff = backoff;
    this.thread = Thread.ofVirtual().name("docker-events").unstarted(this::follow);
  }

  /**
   * Starts to follow. A daemon that is not there (yet) is waited for.
   *
   * @param wake called on a thread of ours, often and in bursts; it must not block
   */
  public static DockerEvents follow(DockerHost host, Runnable wake) {
    return follow(host, wake, new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5)));
  }

  static DockerEvents follow(DockerHost host, Runnable wake, Backoff backoff) {
    DockerEvents events = new DockerEvents(host, wake, backoff);
    events.thread.start();
    return events;
  }

  /** Waiting times between attempts: doubled each time, and spread so that nobody falls in step. */
  static final class Backoff {
    private final Duration first;
    private final Duration longest;
    private Duration next;

    Backoff(Duration first, Duration longest) {
      this.first = first;
      this.longest = longest;
      this.next = first;
    }

    void reset() {
      next = first;
    }

    /** Between half of the current time and all of it. */
    Duration next() {
      long millis = next.toMillis();
      Duration doubled = next.multipliedBy(2);
      next = doubled.compareTo(longest) > 0 ? longest : doubled;
      return Duration.ofMillis(ThreadLocalRandom.current().nextLong(millis / 2, millis + 1));
    }
  }

  private void follow() {
    try {
      while (!closed) {
        try (EngineConnection engine = EngineConnection.open(host, ANSWER)) {
          subscribe(engine);
        } catch (DockerUnreachableException e) {
          lost(e);
        }
        if (!closed) {
          Thread.sleep(backoff.next());
        }
      }
    } catch (InterruptedException e) {
      log.debug("docker events of {}: closed", host);
    }
  }

  /** Wakes for every event until the stream ends, which is always a loss: it has no end. */
  private void subscribe(EngineConnection engine)
      throws DockerUnreachableException, InterruptedException {
    Stream stream = new Stream();
    try {
      engine
          .client()
          .eventsCmd()
          .withEventTypeFilter("container", "network")
          .withEventFilter(ACTIONS)
          .withSince(Long.toString(Instant.now().minus(OVERLAP).getEpochSecond()))
          .exec(stream);
      stream.awaitEnd();
    } catch (DockerException e) {
      throw EngineConnection.unreachable(host, "stream events", e);
    } finally {
      stream.close();
    }
  }

  private void lost(DockerUnreachableException e) {
    if (!down) {
      down = true;
      log.warn("{}; trying again until it answers", e.getMessage());
    }
  }

  private void opened() {
    if (down) {
      down = false;
      log.info("docker {} answers again", host);
    }
    backoff.reset();
    wake.run();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  /** One subscription. docker-java's own adapter would log a stack trace for every restart. */
  private final class Stream implements ResultCallback<Event> {
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<Throwable> error = new AtomicReference<>();
    private final AtomicReference<Closeable> response = new AtomicReference<>();

    @Override
    public void onStart(Closeable stream) {
      response.set(stream);
      started.countDown();
    }

    @Override
    public void onNext(Event event) {
      log.debug("docker event: {} {}", event.getType(), event.getAction());
      wake.run();
    }

    @Override
    public void onError(Throwable throwable) {
      error.compareAndSet(null, throwable);
      end();
    }

    @Override
    public void onComplete() {
      end();
    }

    private void end() {
      ended.countDown();
      started.countDown();
    }

    /** Returns never: the stream's end is an exception. */
    void awaitEnd() throws DockerUnreachableException, InterruptedException {
      if (!started.await(ANSWER.toMillis(), TimeUnit.MILLISECONDS)) {
        throw lost("no answer within " + ANSWER.toMillis() + " ms");
      }
      if (ended.getCount() > 0) {
        opened();
      }
      ended.await();
      throw lost("the stream ended");
    }

    private DockerUnreachableException lost(String otherwise) {
      Throwable cause = error.get();
      return EngineConnection.unreachable(
          host, "stream events", cause == null ? new IOException(otherwise) : cause);
    }

    @Override
    public void close() {
      Closeable open = response.get();
      if (open != null) {
        try {
          open.close();
        } catch (IOException e) {
          log.debug("close event stream of {}: {}", host, e.toString());
        }
      }
    }
  }
}
