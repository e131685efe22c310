package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.Scheduling;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of event loops. Each waits for its turn on a busy processor: who runs there when a
 * packet wakes the loop is often the packet's sender, about to send more. So a turn finds more to
 * do, and there are fewer of them.
 */
final class LoopThreads extends DefaultThreadFactory {
  private static final Logger log = LoggerFactory.getLogger(LoopThreads.class);

  LoopThreads() {
    super("proxy", true);
  }

  @Override
  public Thread newThread(Runnable loop) {
    return super.newThread(() -> {
      waitForTurns();
      loop.run();
    });
  }

  /** It relays all the same where this can't be. */
  private static void waitForTurns() {
    try {
      Scheduling.waitForTurn();
    } catch (PosixException e) {
      log.debug("the scheduler treats an event loop as any thread: {}", e.getMessage());
    }
  }
}
