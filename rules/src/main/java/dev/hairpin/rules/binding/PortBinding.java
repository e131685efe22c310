package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;

/**
 * One decided publication: what arrives for {@code hostPort} is meant for the backend. The two ends
 * may be of different families; only the userland proxy can join those.
 *
 * @param containerPort 1-65535
 * @param publisher whose port it is
 * @param spec what the person wrote, as {@code -p} takes it
 */
public record PortBinding(
    HostPort hostPort,
    IpAddress containerAddress,
    int containerPort,
    Publisher publisher,
    String spec) {
  public PortBinding {
    requireNonNull(hostPort, "hostPort");
    requireNonNull(containerAddress, "containerAddress");
    requireNonNull(publisher, "publisher");
    requireNonNull(spec, "spec");
    if (containerPort < 1 || containerPort > 65535) {
      throw new IllegalArgumentException("container port " + containerPort + " is outside 1-65535");
    }
  }

  public Protocol protocol() {
    return hostPort.protocol();
  }

  /** Whether the kernel can do it: DNAT never crosses address families. */
  public boolean isWithinOneFamily() {
    return hostPort.address().family() == containerAddress.family();
  }

  /** {@code 0.0.0.0:8080/tcp -> 172.17.0.2:80}. */
  @Override
  public String toString() {
    return hostPort + " -> " + containerAddress.withPort(containerPort);
  }
}
