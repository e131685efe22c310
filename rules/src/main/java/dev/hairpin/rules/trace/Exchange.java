package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * A packet's way, and the way of what is answered to it.
 *
 * @param back empty when nobody gets the packet
 */
public record Exchange(Trace there, Optional<Trace> back) {
  public Exchange {
    requireNonNull(there, "there");
    requireNonNull(back, "back");
  }
}
