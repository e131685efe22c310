package dev.hairpin.agent.publication;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.PortRequest;

/** A port of a network namespace, published until it is unpublished. */
public record Publication(String namespace, PortRequest request) {
  public Publication {
    requireNonNull(namespace, "namespace");
    requireNonNull(request, "request");
  }

  /** {@code ns1 3000:3000}. */
  @Override
  public String toString() {
    return namespace + " " + request;
  }
}
