package dev.hairpin.agent.publication;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;

/**
 * A port of a network namespace, published until it is unpublished.
 *
 * @param namespace its name in {@code ip netns}, see {@link Publisher.Namespace}
 */
public record Publication(String namespace, PortRequest request) {
  public Publication {
    namespace = new Publisher.Namespace(namespace).name();
    requireNonNull(request, "request");
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
