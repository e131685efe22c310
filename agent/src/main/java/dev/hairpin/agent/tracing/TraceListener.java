package dev.hairpin.agent.tracing;

import dev.hairpin.agent.posix.NetfilterListener;
import dev.hairpin.agent.posix.NetfilterListener.Received;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Hears what becomes of packets that are traced in a network namespace, whoever has them traced.
 * Not safe for several threads.
 */
public final class TraceListener implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMillis(200);

  /**
   * Room for some 10,000 events, which is more than a hundred packets cause: the kernel counts more
   * than 2 KiB for each.
   */
  private static final int ROOM_BYTES = 32 << 20;

  /** The longest header of IPv4, and what is told of the one behind it. */
  private static final int HEADER_BYTES = 60 + 20;

  /** Taken at once, so that whoever prints them gets a turn. */
  private static final int MOST_EVENTS = 4096;

  private final NetfilterListener listener;
  private final List<Told> told = new ArrayList<>();
  private boolean someAreLost;

  private TraceListener(NetfilterListener listener) {
    this.listener = listener;
  }

  /**
   * Listens from here on, in the network namespace of the calling thread.
   *
   * @throws IOException if this process may not
   */
  public static TraceListener open() throws IOException {
    return open(ROOM_BYTES);
  }

  /**
   * The same.
   *
   * @param roomBytes for events that wait to be read, as the kernel counts
   */
  public static TraceListener open(int roomBytes) throws IOException {
    return new TraceListener(
        NetfilterListener.open(
            "listen for traced packets",
            NetfilterListener.Group.TRACES,
            PATIENCE,
            OptionalInt.of(roomBytes)));
  }

  /**
   * Hears what iptables-legacy does with them as well, where a {@link TraceLogger} has it told.
   *
   * @throws IOException if somebody else hears that already
   */
  public void hearLegacy() throws IOException {
    listener.hearLog(TraceLogger.GROUP, HEADER_BYTES);
  }

  /**
   * What was heard.
   *
   * @param told in the order in which it happened
   * @param someAreLost whether the kernel had more to tell than there was room for. What is missing
   *     is somewhere after the first of these, and the kernel doesn't say how much it is
   */
  public record Heard(List<Told> told, boolean someAreLost) {
    public Heard {
      told = List.copyOf(told);
    }

    /** What nftables told. */
    public List<TraceEvent> events() {
      return told.stream()
          .filter(TraceEvent.class::isInstance)
          .map(TraceEvent.class::cast)
          .toList();
    }
  }

  /** Waits for events, 200 ms at most; returns those since the last call. */
  public Heard await() throws IOException {
    told.clear();
    someAreLost = false;
    boolean heard = take(listener.await());
    while (heard && told.size() < MOST_EVENTS) {
      // The kernel tells of a loss before it hands out what it still has from before.
      heard = take(listener.poll());
    }
    return new Heard(told, someAreLost);
  }

  private boolean take(Received received) {
    return switch (received) {
      case Received.Datagram(var bytes) -> {
        long now = System.nanoTime();
        told.addAll(TraceMessages.events(bytes, now));
        told.addAll(LogMessages.steps(bytes, now));
        yield true;
      }
      case Received.Overrun() -> {
        someAreLost = true;
        yield true;
      }
      case Received.Silence() -> false;
    };
  }

  @Override
  public void close() {
    listener.close();
  }
}
