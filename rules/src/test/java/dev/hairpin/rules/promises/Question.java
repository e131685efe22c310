package dev.hairpin.rules.promises;

import dev.hairpin.rules.address.Family;

/**
 * What is tried.
 *
 * @param port 0 for a ping
 */
public record Question(Station from, Spot to, Kind kind, int port) {
  /** What is sent. */
  public enum Kind {
    TCP,
    UDP,
    PING
  }

  boolean canBeAskedOver(Family family) {
    return from.spot().has(family) && to.has(family);
  }
}
