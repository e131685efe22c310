package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A connection as the kernel remembers it: by what it was asked with, and by what it is answered
 * with, which differ where it is translated.
 *
 * @param state of TCP: {@code ESTABLISHED}; empty for other protocols
 * @param isAnswered whether an answer has been seen
 */
public record Connection(Optional<String> state, Ends asked, Ends answered, boolean isAnswered) {
  private static final Pattern ENDS =
      Pattern.compile("src=(\\S+) dst=(\\S+)(?: sport=(\\d{1,5}) dport=(\\d{1,5}))?");
  private static final Pattern STATE = Pattern.compile("^\\w+ +\\d+ \\d+ ([A-Z_0-9]+) ");
  private static final String UNANSWERED = "[UNREPLIED]";

  public Connection {
    requireNonNull(state, "state");
    requireNonNull(asked, "asked");
    requireNonNull(answered, "answered");
  }

  /**
   * Whom the packets of one direction are from, and for.
   *
   * @param sourcePort 0 where the protocol has no ports
   * @param destinationPort 0 where the protocol has no ports
   */
  public record Ends(IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
    public Ends {
      requireNonNull(source, "source");
      requireNonNull(destination, "destination");
    }

    Ends reversed() {
      return new Ends(destination, destinationPort, source, sourcePort);
    }
  }

  /** Whether its packets go on under other addresses or ports than they came with. */
  public boolean isTranslated() {
    return !answered.equals(asked.reversed());
  }

  /** Reads a line that conntrack(8) lists; empty if it is none, such as a heading. */
  public static Optional<Connection> parse(String line) {
    Matcher ends = ENDS.matcher(line);
    if (!ends.find()) {
      return Optional.empty();
    }
    Ends asked = ends(ends);
    if (!ends.find()) {
      return Optional.empty();
    }
    Matcher state = STATE.matcher(line);
    return Optional.of(
        new Connection(
            state.find() ? Optional.of(state.group(1)) : Optional.empty(),
            asked,
            ends(ends),
            !line.contains(UNANSWERED)));
  }

  private static Ends ends(Matcher found) {
    return new Ends(
        IpAddress.parse(found.group(1)),
        port(found.group(3)),
        IpAddress.parse(found.group(2)),
        port(found.group(4)));
  }

  private static int port(String text) {
    return text == null ? 0 : Integer.parseInt(text);
  }
}
