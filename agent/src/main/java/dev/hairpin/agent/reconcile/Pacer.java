package dev.hairpin.agent.reconcile;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * Says when the next pass is due. Wake-ups that come close together make one pass; a steady stream
 * of them can't put it off for ever; without any, a pass is due now and then. All times are those
 * of one clock, in nanoseconds. Not safe for use by many threads.
 */
final class Pacer {
  /** A wake-up is followed by others when a container with many ports starts. */
  static final Duration QUIET = Duration.ofMillis(20);

  /** How long a wake-up may wait for a quiet moment. */
  static final Duration BOUND = Duration.ofMillis(250);

  /** How often a pass is made that nobody asked for: somebody may have flushed the rules. */
  static final Duration FULL = Duration.ofSeconds(30);

  /** How soon a pass that failed is tried again; doubled each time, up to {@link #FULL}. */
  static final Duration FIRST_RETRY = Duration.ofSeconds(1);

  private OptionalLong firstWake = OptionalLong.empty();
  private long lastWake;
  private long unasked;
  private Duration retry = FIRST_RETRY;

  Pacer(long now) {
    unasked = now;
  }

  void wake(long now) {
    if (firstWake.isEmpty()) {
      firstWake = OptionalLong.of(now);
    }
    lastWake = now;
  }

  /** How long until the next pass is due, in nanoseconds; 0 when it is due now. */
  long untilDue(long now) {
    long due = unasked - now;
    if (firstWake.isPresent()) {
      long asked =
          Math.min(lastWake - now + QUIET.toNanos(), firstWake.getAsLong() - now + BOUND.toNanos());
      due = Math.min(due, asked);
    }
    return Math.max(due, 0);
  }

  /** A pass begins; what woke it is dealt with. */
  void begin() {
    firstWake = OptionalLong.empty();
  }

  void succeeded(long now) {
    retry = FIRST_RETRY;
    unasked = now + FULL.toNanos();
  }

  /** The pass is tried again after a while, or when something new happens. */
  void failed(long now) {
    unasked = now + retry.toNanos();
    retry = retry.multipliedBy(2).compareTo(FULL) > 0 ? FULL : retry.multipliedBy(2);
  }
}
