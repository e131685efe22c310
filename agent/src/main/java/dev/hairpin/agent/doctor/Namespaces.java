package dev.hairpin.agent.doctor;

import dev.hairpin.agent.docker.DockerSaid;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which network namespaces are looked into: those that publish something or are asked for. */
final class Namespaces {
  private final Path root;
  private final Set<String> names;
  private final Map<String, Path> found = new TreeMap<>();

  /**
   * @param root that {@code /proc} and {@code /run} are under
   * @param names of those that are asked for
   */
  Namespaces(Path root, Set<String> names) {
    this.root = root;
    this.names = names;
  }

  /** Their files, by the name of the container or namespace. */
  Map<String, Path> found() {
    return Map.copyOf(found);
  }

  void addContainers(Collection<DockerSaid.Running> running, List<PortBinding> published) {
    Set<String> publishing =
        published.stream()
            .flatMap(binding -> containers(binding.publisher()))
            .map(Publisher.Container::id)
            .collect(Collectors.toUnmodifiableSet());
    for (DockerSaid.Running each : running) {
      Publisher.Container container = each.publisher();
      if (each.publishes() || publishing.contains(container.id()) || isAskedFor(container)) {
        found.put(container.name(), root.resolve("proc/" + each.pid() + "/ns/net"));
      }
    }
  }

  private boolean isAskedFor(Publisher.Container container) {
    return names.stream()
        .filter(name -> !name.isEmpty())
        .anyMatch(name -> container.name().equals(name) || container.id().startsWith(name));
  }

  /** A name that both have is the container's. */
  void addNamed(List<PortBinding> published) {
    Stream.concat(
            published.stream().flatMap(binding -> namespaces(binding.publisher())),
            names.stream().filter(Namespaces::isFileName))
        .distinct()
        .filter(name -> !found.containsKey(name))
        .forEach(name -> {
          Path file = root.resolve("run/netns").resolve(name);
          if (Files.exists(file)) {
            found.put(name, file);
          }
        });
  }

  private static boolean isFileName(String name) {
    try {
      return !new Publisher.Namespace(name).name().isEmpty();
    } catch (IllegalArgumentException none) {
      return false;
    }
  }

  private static Stream<Publisher.Container> containers(Publisher publisher) {
    return publisher instanceof Publisher.Container container
        ? Stream.of(container)
        : Stream.empty();
  }

  private static Stream<String> namespaces(Publisher publisher) {
    return publisher instanceof Publisher.Namespace namespace
        ? Stream.of(namespace.name())
        : Stream.empty();
  }
}
