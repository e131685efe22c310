package dev.hairpin.agent.docker;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.Publisher;
import java.util.Optional;

/**
 * A container that Docker has, whether or not it runs.
 *
 * @param endpoint where its ports are published to; empty where they can't be
 * @param unreachable why they can't; empty where they can
 */
public record DockerContainer(
    Publisher.Container publisher, Optional<Endpoint> endpoint, Optional<Unreachable> unreachable) {
  public DockerContainer {
    requireNonNull(publisher, "publisher");
    if (endpoint.isPresent() == unreachable.isPresent()) {
      throw new IllegalArgumentException(publisher + " is either reachable or not");
    }
  }

  static DockerContainer at(Endpoint endpoint, Publisher.Container publisher) {
    return new DockerContainer(publisher, Optional.of(endpoint), Optional.empty());
  }

  static DockerContainer not(Publisher.Container publisher, Unreachable why) {
    return new DockerContainer(publisher, Optional.empty(), Optional.of(why));
  }
}
