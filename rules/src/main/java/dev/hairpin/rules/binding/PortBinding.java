package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;

/**
 * One decided publication: what arrives for {@code hostPort} is meant for the backend. The two ends
 * may be of different families; only the userland proxy can join those, or tell the backend who the
 * client is.
 *
 * @param containerPort 1-65535
 * @param publisher whose port it is
 * @param spec what the person wrote, as {@code -p} takes it
 * @param header what the backend is told before a client's bytes; TCP only
 */
public record PortBinding(
    HostPort hostPort,
    IpAddress containerAddress,
    int containerPort,
    Publisher publisher,
    String spec,
    ProxyHeader header) {
  public PortBinding {
    requireNonNull(hostPort, "hostPort");
    requireNonNull(containerAddress, "containerAddress");
    requireNonNull(publisher, "publisher");
    requireNonNull(spec, "spec");
    requireNonNull(header, "header");
    if (header != ProxyHeader.NONE && hostPort.protocol() != Protocol.TCP) {
      throw new IllegalArgumentException(
          "PROXY protocol for " + hostPort + ": it is for TCP only; leave it out");
    }
    if (containerPort < 1 || containerPort > 65535) {
      throw new IllegalArgumentException("container port " + containerPort + " is outside 1-65535");
    }
  }

  /** One whose backend hears the clients alone. */
  public PortBinding(
      HostPort hostPort,
      IpAddress containerAddress,
      int containerPort,
      Publisher publisher,
      String spec) {
    this(hostPort, containerAddress, containerPort, publisher, spec, ProxyHeader.NONE);
  }

  /**
   * The same with another header.
   *
   * @throws IllegalArgumentException if this isn't TCP, and the header isn't none
   */
  public PortBinding with(ProxyHeader other) {
    return new PortBinding(hostPort, containerAddress, containerPort, publisher, spec, other);
  }

  public Protocol protocol() {
    return hostPort.protocol();
  }

  /** DNAT never crosses address families. */
  public boolean isWithinOneFamily() {
    return hostPort.address().family() == containerAddress.family();
  }

  /** Whether the kernel can do it: within one family, and without a header that it can't write. */
  public boolean isForKernel() {
    return isWithinOneFamily() && header == ProxyHeader.NONE;
  }

  /** {@code 0.0.0.0:8080/tcp -> 172.17.0.2:80}. */
  @Override
  public String toString() {
    return hostPort + " -> " + containerAddress.withPort(containerPort);
  }
}
