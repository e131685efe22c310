package dev.hairpin.agent.netns;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A signal whenever the namespaces that publish ports may have changed: at once when a name appears
 * or vanishes in {@code /run/netns}, and within seconds when an address does, there or on a bridge
 * of ours.
 */
public final class NetnsEvents implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NetnsEvents.class);

  /** Between looks after a change: a namespace gets its name first, and its addresses later. */
  private static final Duration SOON = Duration.ofMillis(100);

  /** Between looks when nothing happens. Each takes less than a millisecond a namespace. */
  private static final Duration SLOW = Duration.ofSeconds(2);

  private final Path directory;
  private final Supplier<?> look;
  private final Runnable wake;
  private final Duration soon;
  private final Duration slow;
  private final Thread thread;
  private Optional<WatchKey> watched = Optional.empty();

  private NetnsEvents(
      Path directory, Supplier<?> look, Runnable wake, Duration soon, Duration slow) {
    this.directory = directory;
    this.look = look;
    this.wake = wake;
    this.soon = soon;
    this.slow = slow;
    this.thread = Thread.ofVirtual().name("netns-events").unstarted(this::follow);
  }

  /**
   * Starts to follow.
   *
   * @param namespaces the names that matter now; asked often, on a thread of ours
   * @param wake called on a thread of ours; it must not block
   */
  public static NetnsEvents follow(
      Supplier<? extends Collection<String>> namespaces, Runnable wake) {
    return follow(NetworkNamespace.NAMED, () -> look(namespaces.get()), wake, SOON, SLOW);
  }

  /**
   * Follows a directory and anything else that can be looked at.
   *
   * @param look at something that wakes when it is not equal to what it was
   */
  static NetnsEvents follow(
      Path directory, Supplier<?> look, Runnable wake, Duration soon, Duration slow) {
    NetnsEvents events = new NetnsEvents(directory, look, wake, soon, slow);
    events.thread.start();
    return events;
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void follow() {
    try (WatchService watch = directory.getFileSystem().newWatchService()) {
      Object seen = look.get();
      Duration pause = slow;
      while (true) {
        boolean named = awaitName(watch, pause);
        Object now = look.get();
        boolean changed = named || !now.equals(seen);
        seen = now;
        if (changed) {
          wake.run();
        }
        pause = changed ? soon : atMost(slow, pause.multipliedBy(2));
      }
    } catch (InterruptedException e) {
      log.debug("watch {}: closed", directory);
    } catch (IOException e) {
      log.error(
          "watch {}: {}; namespaces are looked at in full passes only", directory, e.toString());
    }
  }

  /** Whether a name appeared or vanished before the time was over. */
  private boolean awaitName(WatchService watch, Duration pause)
      throws IOException, InterruptedException {
    if (watched.isEmpty() && Files.isDirectory(directory)) {
      // The directory is made with the first namespace, so that one was missed.
      watched = Optional.of(directory.register(watch, ENTRY_CREATE, ENTRY_DELETE));
      return true;
    }
    WatchKey key = watch.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
    if (key == null) {
      return false;
    }
    key.pollEvents();
    if (!key.reset()) {
      watched = Optional.empty();
    }
    return true;
  }

  private static Duration atMost(Duration limit, Duration duration) {
    return duration.compareTo(limit) > 0 ? limit : duration;
  }

  /** Everything about these namespaces that decides what is published. */
  private static List<Object> look(Collection<String> namespaces) {
    List<Object> seen = new ArrayList<>();
    try {
      if (!namespaces.isEmpty()) {
        seen.add(HostBridges.read());
      }
      for (String name : namespaces) {
        NetworkNamespace namespace = NetworkNamespace.of(name);
        seen.add(List.of(name, namespace.inode()));
        if (namespace.exists()) {
          seen.add(namespace.call(InterfaceAddress::here));
        }
      }
    } catch (IOException e) {
      // It vanished under the look. That is a change, and the next look sees what came of it.
      seen.add(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return seen;
  }
}
