package dev.hairpin.proxy;

import java.util.concurrent.atomic.LongAdder;

/** Counts what a port carries. Safe for use by any thread. */
final class TrafficMeter {
  private final LongAdder accepted = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder bytesUp = new LongAdder();
  private final LongAdder bytesDown = new LongAdder();

  void accepted() {
    accepted.increment();
  }

  void ended() {
    ended.increment();
  }

  void refused() {
    refused.increment();
  }

  void movedUp(long bytes) {
    bytesUp.add(bytes);
  }

  void movedDown(long bytes) {
    bytesDown.add(bytes);
  }

  Traffic traffic() {
    // Read before the other, so that none is open that was not accepted.
    long over = ended.sum();
    long begun = accepted.sum();
    return new Traffic(begun, begun - over, refused.sum(), bytesUp.sum(), bytesDown.sum());
  }
}
