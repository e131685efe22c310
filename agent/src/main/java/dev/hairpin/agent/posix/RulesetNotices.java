package dev.hairpin.agent.posix;

import dev.hairpin.agent.posix.NetfilterListener.Received;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Hears when somebody changes rules of nftables' in this network namespace, those of iptables-nft
 * among them, and who it was. The kernel says nothing of iptables-legacy. Not safe for several
 * threads.
 */
public final class RulesetNotices implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final NetfilterListener listener;
  private final List<Optional<RuleWriter>> transactions = new ArrayList<>();
  private boolean isMissingSome;

  private RulesetNotices(NetfilterListener listener) {
    this.listener = listener;
  }

  /** Hears of what is changed from here on. */
  public static RulesetNotices open() throws IOException {
    return new RulesetNotices(
        NetfilterListener.open(
            "listen for changes of rules",
            NetfilterListener.Group.RULE_CHANGES,
            PATIENCE,
            OptionalInt.empty()));
  }

  /**
   * What was heard.
   *
   * @param changed whether there were changes, however many
   * @param writers who made them, as far as the kernel told
   * @param areAll whether nobody else did: who makes many changes at once may be missing
   */
  public record News(boolean changed, List<RuleWriter> writers, boolean areAll) {
    public News {
      writers = List.copyOf(writers);
    }
  }

  /** Waits for changes, half a second at most; returns those since the last call. */
  public News await() throws IOException {
    transactions.clear();
    isMissingSome = false;
    boolean heard = isNews(listener.await());
    while (heard && isNews(listener.poll())) {
      // The rest of the same news.
    }
    List<RuleWriter> writers = transactions.stream().flatMap(Optional::stream).toList();
    return new News(
        isMissingSome || !transactions.isEmpty(),
        writers,
        !isMissingSome && writers.size() == transactions.size());
  }

  private boolean isNews(Received received) {
    return switch (received) {
      case Received.Datagram(var bytes) -> {
        transactions.addAll(NftMessages.transactions(bytes));
        yield true;
      }
      case Received.Overrun() -> {
        isMissingSome = true;
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
