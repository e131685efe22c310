package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;

/**
 * A port published on a routed network: open at the container's own address, with no host port.
 *
 * @param containerPort 1-65535
 * @param spec what the person wrote, as {@code -p} takes it
 */
public record RoutedPort(
    Protocol protocol,
    IpAddress containerAddress,
    int containerPort,
    Publisher publisher,
    String spec) {
  public RoutedPort {
    requireNonNull(protocol, "protocol");
    requireNonNull(containerAddress, "containerAddress");
    requireNonNull(publisher, "publisher");
    requireNonNull(spec, "spec");
    if (containerPort < 1 || containerPort > 65535) {
      throw new IllegalArgumentException("container port " + containerPort + " is outside 1-65535");
    }
  }
}
