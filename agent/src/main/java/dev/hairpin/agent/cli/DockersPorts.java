package dev.hairpin.agent.cli;

import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.publication.PublisherName;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import java.util.List;
import java.util.Optional;

/**
 * Ports that are published by how a container was made. dockerd keeps the book on them, and would
 * publish them again at the next start; so nobody else takes them back.
 */
final class DockersPorts {
  private DockersPorts() {}

  /** What a container publishes that port with, to go behind its name; empty if it doesn't. */
  static Optional<String> whoseIs(DockerSnapshot said, PublisherName name, PortRequest request) {
    if (has(said.published(), name, request)) {
      return Optional.of(madeWith("docker run -p"));
    }
    return has(said.labelled(), name, request)
        ? Optional.of(madeWith("its label hairpin.publish"))
        : Optional.empty();
  }

  private static String madeWith(String what) {
    return "publishes it with "
        + what
        + ", for as long as the container exists; make the container anew without it";
  }

  private static boolean has(List<PortBinding> bindings, PublisherName name, PortRequest request) {
    return bindings.stream()
        .filter(binding -> name.isOf(binding.publisher()))
        .filter(binding -> request.containerPorts().contains(binding.containerPort()))
        .anyMatch(binding -> request.isInTheWayOf(binding.hostPort()));
  }
}
