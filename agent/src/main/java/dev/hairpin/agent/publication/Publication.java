package dev.hairpin.agent.publication;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;

/**
 * A port of a container or a network namespace, published until it is unpublished.
 *
 * @param publisher a container as it was called when its port was published. What is published is
 *     the port of the container that has this name, and only while none has it, of the one that was
 *     meant then: a container that is made anew under its name keeps its ports, as a namespace does
 * @param header what the backend is told before a client's bytes; TCP only
 */
public record Publication(Publisher.Named publisher, PortRequest request, ProxyHeader header) {
  public Publication {
    requireNonNull(publisher, "publisher");
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
  public Publication(Publisher.Named publisher, PortRequest request) {
    this(publisher, request, ProxyHeader.NONE);
  }

  /** The same with its host ports chosen. */
  public Publication onHostPorts(PortRange chosen) {
    return new Publication(publisher, request.onHostPorts(chosen), header);
  }

  /** {@code ns1 3000:3000}. */
  @Override
  public String toString() {
    return publisher.name() + " " + request;
  }
}
