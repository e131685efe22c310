package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;

/** What a command's user has written, as values. */
final class Understood {
  /** How a target is written, for people. */
  static final String TARGETS =
      "8080, 53/udp, 192.0.2.1:8080, [2001:db8::1]:8080, localhost:8080 or, for a ping, 192.0.2.1/icmp";

  private Understood() {}

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
