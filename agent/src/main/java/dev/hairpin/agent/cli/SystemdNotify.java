package dev.hairpin.agent.cli;

import dev.hairpin.agent.posix.Posix;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager that started us how we are (sd_notify(3)); without one it is silent.
 */
final class SystemdNotify {
  private static final Logger log = LoggerFactory.getLogger(SystemdNotify.class);

  private SystemdNotify() {}

  /**
   * Says one thing.
   *
   * @param state such as {@code READY=1}
   */
  static void say(String state) {
    String socket = System.getenv("NOTIFY_SOCKET");
    if (socket == null || socket.isEmpty()) {
      return;
    }
    try {
      Posix.system().sendDatagram(socket, state);
    } catch (IOException e) {
      log.warn("tell the service manager {}: {}", state, e.getMessage());
    }
  }
}
