package dev.hairpin.agent.cli;

import static java.util.stream.Collectors.joining;

import dev.hairpin.agent.docker.DockerContainer;
import dev.hairpin.agent.docker.KnownContainers;
import dev.hairpin.agent.docker.Unreachable;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.agent.publication.PublisherName;
import dev.hairpin.agent.publication.PublisherName.Kind;
import dev.hairpin.rules.binding.Publisher;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Finds who is meant by a name, now. A namespace is called as {@code ip netns} does; that is more
 * than the beginning of a container's id, and as much as a container's name.
 *
 * @param containers Docker's; empty where no Docker is asked
 * @param namespaces whether there is one of that name
 */
record PublisherLookup(Optional<KnownContainers> containers, Predicate<String> namespaces) {
  /** Among these containers and this machine's namespaces. */
  static PublisherLookup onThisHost(Optional<KnownContainers> containers) {
    return new PublisherLookup(containers, name -> NetworkNamespace.of(name).exists());
  }

  /**
   * The only one that is called so, and can have ports that are published.
   *
   * @throws IllegalArgumentException if there is none or several; the message says what helps
   */
  Publisher.Named find(PublisherName name) {
    List<DockerContainer> called =
        name.mayBe(Kind.CONTAINER)
            ? containers.map(all -> all.called(name.name())).orElse(List.of())
            : List.of();
    boolean isNamespace = name.mayBe(Kind.NAMESPACE) && isNamespace(name.name());
    boolean isExact =
        called.stream().anyMatch(container -> container.publisher().name().equals(name.name()));
    if (isNamespace && isExact) {
      throw new IllegalArgumentException(
          name
              + " is a namespace and a container; write "
              + Kind.NAMESPACE.of(name.name())
              + " or "
              + Kind.CONTAINER.of(name.name()));
    }
    if (isNamespace) {
      return new Publisher.Namespace(name.name());
    }
    if (called.size() > 1) {
      throw new IllegalArgumentException(
          "the ids of several containers begin with "
              + name
              + "; write "
              + called.stream()
                  .map(container -> container.publisher().name())
                  .collect(joining(" or ")));
    }
    return called.stream()
        .findFirst()
        .map(PublisherLookup::publishable)
        .orElseThrow(() -> new IllegalArgumentException(missing(name)));
  }

  private boolean isNamespace(String name) {
    try {
      return namespaces.test(name);
    } catch (IllegalArgumentException impossibleName) {
      return false;
    }
  }

  private static Publisher.Named publishable(DockerContainer container) {
    Optional<Unreachable> forGood = container.unreachable().filter(why -> !why.isForNow());
    if (forGood.isPresent()) {
      throw new IllegalArgumentException(
          container.publisher().quoted() + " " + forGood.get().text());
    }
    return container.publisher();
  }

  private String missing(PublisherName name) {
    boolean noContainers = containers.isEmpty() || !name.mayBe(Kind.CONTAINER);
    if (noContainers) {
      return "namespace " + name + " does not exist; \"ip netns list\" shows those that do";
    }
    return name.mayBe(Kind.NAMESPACE)
        ? "neither a container nor a namespace "
            + name
            + " exists; \"docker ps -a\" and \"ip netns list\" show those that do"
        : "container " + name + " does not exist; \"docker ps -a\" shows those that do";
  }
}
