package dev.hairpin.agent.publication;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;

/**
 * A port of a network namespace, published until it is unpublished.
 *
 * @param namespace its name in {@code ip netns}, see {@link Publisher.Namespace}
 * @param header what the namespace is told before a client's bytes; TCP only
 */
public record Publication(String namespace, PortRequest request, ProxyHeader header) {
  public Publication {
    namespace = new Publisher.Namespace(namespace).name();
    requireNonNull(request, "request");
    requireNonNull(header, "header");
    if (header != ProxyHeader.NONE && request.protocol() != Protocol.TCP) {
      throw new IllegalArgumentException(
          "publish "
              + request
              + ": the PROXY protocol is for TCP only; leave --proxy-protocol out");
    }
  }

  /** One whose backend hears the clients alone. */
  public Publication(String namespace, PortRequest request) {
    this(namespace, request, ProxyHeader.NONE);
  }

  /** The same with its host ports chosen. */
  public Publication onHostPorts(PortRange chosen) {
    return new Publication(namespace, request.onHostPorts(chosen), header);
  }

  public Publisher.Namespace publisher() {
    return new Publisher.Namespace(namespace);
  }

  /** {@code ns1 3000:3000}. */
  @Override
  public String toString() {
    return namespace + " " + request;
  }
}
