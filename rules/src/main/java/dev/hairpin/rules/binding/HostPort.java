package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;

/**
 * What must be unique on a host: a protocol, an address (or the wildcard) and a port.
 *
 * @param port 1-65535
 */
public record HostPort(Protocol protocol, IpAddress address, int port) {
  public HostPort {
    requireNonNull(protocol, "protocol");
    requireNonNull(address, "address");
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("host port " + port + " is outside 1-65535");
    }
  }

  /** {@code 0.0.0.0:8080/tcp}. */
  @Override
  public String toString() {
    return address.withPort(port) + "/" + protocol;
  }
}
