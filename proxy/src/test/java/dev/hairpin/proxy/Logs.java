package dev.hairpin.proxy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** Records what the proxy logs at warning level and above. */
final class Logs implements AutoCloseable {
  private final Queue<String> warnings = new ConcurrentLinkedQueue<>();
  private final Logger proxy = (Logger) LoggerFactory.getLogger("dev.hairpin.proxy");
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
            warnings.add(event.getFormattedMessage());
          }
        }
      };

  Logs() {
    appender.start();
    proxy.addAppender(appender);
  }

  List<String> warnings() {
    return List.copyOf(warnings);
  }

  @Override
  public void close() {
    proxy.detachAppender(appender);
  }
}
