package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;

/**
 * One port that {@code docker run --link} opens between two containers of the default bridge, where
 * inter-container communication is off.
 *
 * @param bridge the interface that both are on
 * @param parent the container that was started with {@code --link}
 * @param child the container that it may reach
 * @param port of the child, 1-65535
 */
public record Link(String bridge, IpAddress parent, IpAddress child, Protocol protocol, int port) {
  public Link {
    requireNonNull(bridge, "bridge");
    requireNonNull(parent, "parent");
    requireNonNull(child, "child");
    requireNonNull(protocol, "protocol");
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("linked port " + port + " is outside 1-65535");
    }
  }
}
