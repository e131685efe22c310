package dev.hairpin.agent.docker;

import com.google.common.base.CharMatcher;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.Optional;

/**
 * A port of a container, as Docker names it: {@code 80/tcp}.
 *
 * @param port 1-65535
 */
record ContainerPort(Protocol protocol, int port) {
  private static final CharMatcher DIGITS = CharMatcher.inRange('0', '9');

  /** The port that a member of an object is named after. */
  static ContainerPort named(String name, JsonValue member) {
    int slash = name.indexOf('/');
    Optional<Protocol> protocol =
        slash < 0 ? Optional.of(Protocol.TCP) : Protocol.of(name.substring(slash + 1));
    if (protocol.isEmpty()) {
      throw member.wrong("has a protocol that is none of tcp, udp and sctp");
    }
    PortRange port = range(slash < 0 ? name : name.substring(0, slash), member);
    if (port.size() > 1 || port.first() == 0) {
      throw member.wrong("does not name a port of 1-65535, as 80/tcp does");
    }
    return new ContainerPort(protocol.get(), port.first());
  }

  /** {@code 8080} or {@code 8000-8009}; 0 is within the limits. */
  static PortRange range(String text, JsonValue where) {
    int dash = text.indexOf('-');
    String first = dash < 0 ? text : text.substring(0, dash);
    String last = text.substring(dash + 1);
    if (!isNumber(first) || !isNumber(last)) {
      throw where.wrong("does not hold a port number");
    }
    int from = Integer.parseInt(first);
    int to = Integer.parseInt(last);
    if (from > 65535 || to > 65535) {
      throw where.wrong("has a port outside 1-65535");
    }
    if (to < from) {
      throw where.wrong("has a port range that runs backwards");
    }
    return new PortRange(from, to);
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.length() <= 6 && DIGITS.matchesAllOf(text);
  }

  @Override
  public String toString() {
    return port + "/" + protocol;
  }
}
