package dev.hairpin.proxy;

import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails a test class when Netty reports that a buffer was lost in it. Registered for every class;
 * it needs {@code -Dio.netty.leakDetection.level=paranoid} to see every buffer.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();
  private static final AppenderBase<ILoggingEvent> RECORDER = recorder();

  @Override
  public void beforeAll(ExtensionContext context) {
    if (LoggerFactory.getLogger(ResourceLeakDetector.class) instanceof Logger logger
        && !logger.isAttached(RECORDER)) {
      logger.addAppender(RECORDER);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    failOnLeaks();
  }

  /** Collects what nobody holds any more, and throws if Netty finds an unreleased buffer there. */
  static void failOnLeaks() {
    collect();
    // What the first collection found is in Netty's queue for certain after a second one.
    collect();
    // Netty looks for leaks when it hands out a buffer.
    PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
    List<String> leaks = List.copyOf(LEAKS);
    LEAKS.clear();
    if (!leaks.isEmpty()) {
      throw new AssertionError(leaks.size() + " buffers were not released: " + leaks);
    }
  }

  private static void collect() {
    ReferenceQueue<Object> queue = new ReferenceQueue<>();
    WeakReference<Object> collected = new WeakReference<>(new Object(), queue);
    await()
        .until(() -> {
          System.gc();
          return collected.refersTo(null) && queue.poll() != null;
        });
  }

  private static AppenderBase<ILoggingEvent> recorder() {
    AppenderBase<ILoggingEvent> recorder =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            if (event.getFormattedMessage().startsWith("LEAK:")) {
              LEAKS.add(event.getFormattedMessage());
            }
          }
        };
    recorder.start();
    return recorder;
  }
}
