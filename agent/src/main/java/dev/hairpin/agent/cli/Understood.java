package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.rules.binding.UserText;
import java.util.Optional;

/** What a command's user has written, as values. */
final class Understood {
  /** How a target is written, for people. */
  static final String TARGETS =
      "8080, 53/udp, 192.0.2.1:8080, [2001:db8::1]:8080, localhost:8080 or, for a ping, 192.0.2.1/icmp";

  private Understood() {}

  /**
   * Where packets are sent, which may be written in two ways.
   *
   * @param command whose user wrote it
   * @throws ConfigurationException if it is written in both
   */
  static Optional<String> target(String command, Optional<String> alone, Optional<String> to)
      throws ConfigurationException {
    if (alone.isPresent() && to.isPresent()) {
      throw new ConfigurationException(
          command + ": --to " + UserText.quoted(to.get()) + " and TARGET say the same; give one");
    }
    return alone.or(() -> to);
  }

  /** Reads something that may make no sense. */
  interface Reading<T> {
    T read();
  }

  /**
   * Reads something.
   *
   * @param command whose user wrote it: {@code walk}
   * @throws ConfigurationException if it makes no sense; the message says whose it is, and why
   */
  static <T> T by(String command, Reading<T> reading) throws ConfigurationException {
    try {
      return reading.read();
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(command + ": " + e.getMessage(), e);
    }
  }
}
