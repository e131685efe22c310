package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.HeldNamespace;
import dev.hairpin.proxy.posix.PosixException;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens sockets inside other network namespaces: a socket belongs to the one that it was opened in,
 * whichever thread uses it later. A platform thread goes there for each, and comes back; event
 * loops and virtual threads never leave.
 */
final class NamespaceThread implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NamespaceThread.class);

  private static final String ENDED = "the proxy has ended";

  private final BlockingQueue<Visit<?>> visits = new LinkedBlockingQueue<>();
  private Thread thread;
  private boolean closed;

  /** What is done inside. It must not block. */
  interface Opening<T> {
    T open() throws IOException;
  }

  private record Visit<T>(
      HeldNamespace namespace,
      Opening<T> opening,
      Consumer<T> opened,
      Consumer<IOException> failed) {
    void make() {
      T result;
      try {
        namespace.enter();
        result = opening.open();
      } catch (IOException e) {
        failed.accept(e);
        return;
      } catch (RuntimeException e) {
        failed.accept(new IOException("open a socket in " + namespace + ": " + e, e));
        return;
      }
      opened.accept(result);
    }
  }

  /**
   * Has something opened inside. One of the two is told, on the thread of this as a rule; neither
   * may block or throw.
   *
   * @param failed also where the namespace can't be entered
   */
  <T> void inside(
      HeldNamespace namespace,
      Opening<T> opening,
      Consumer<T> opened,
      Consumer<IOException> failed) {
    if (!isTaken(new Visit<>(namespace, opening, opened, failed))) {
      failed.accept(new IOException(ENDED));
    }
  }

  private synchronized boolean isTaken(Visit<?> visit) {
    if (closed) {
      return false;
    }
    if (thread == null) {
      // A new thread is where its parent is, and whoever calls this is at home.
      thread = Thread.ofPlatform().name("proxy-namespaces").daemon().start(this::run);
    }
    return visits.add(visit);
  }

  private void run() {
    try (HeldNamespace own = HeldNamespace.ofThisThread()) {
      while (true) {
        visits.take().make();
        own.enter();
      }
    } catch (PosixException e) {
      log.error("come back from another network namespace: {}; going on anew", e.getMessage());
    } catch (InterruptedException e) {
      log.debug("no longer opening sockets in namespaces");
    } finally {
      ended();
    }
  }

  /** A thread that is somewhere else can't make the visits that wait; a later one starts anew. */
  private synchronized void ended() {
    thread = null;
    String why = closed ? ENDED : "no way back from another network namespace";
    visits.forEach(visit -> visit.failed.accept(new IOException(why)));
    visits.clear();
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (thread != null) {
      thread.interrupt();
    }
  }
}
