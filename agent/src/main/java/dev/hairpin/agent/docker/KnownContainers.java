package dev.hairpin.agent.docker;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.Publication;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Docker's containers by what people call them. Pure. */
public record KnownContainers(List<DockerContainer> all) {
  public KnownContainers {
    all = List.copyOf(all);
  }

  /** What publications come to. */
  record Published(List<PortBinding> bindings, List<Problem> problems) {}

  /**
   * Those called so: the one with this id, else the one with this name, else all whose ids begin so
   * (moby, daemon.GetContainer).
   */
  public List<DockerContainer> called(String name) {
    return one(container -> container.id().equals(name))
        .or(() -> one(container -> container.name().equals(name)))
        .map(List::of)
        .orElseGet(() ->
            all.stream()
                .filter(container -> !name.isEmpty())
                .filter(container -> container.publisher().id().startsWith(name))
                .toList());
  }

  /** The one that a publication is of now, see {@link Publication}. */
  public Optional<DockerContainer> meantBy(Publisher.Container published) {
    return one(container -> container.name().equals(published.name()))
        .or(() -> one(container -> container.id().equals(published.id())));
  }

  private Optional<DockerContainer> one(Predicate<Publisher.Container> which) {
    return all.stream().filter(container -> which.test(container.publisher())).findFirst();
  }

  /** What was published of containers, and which of it can't be now. */
  Published published(Collection<Publication> publications) {
    List<PortBinding> bindings = new ArrayList<>();
    Map<String, Problem> problems = new LinkedHashMap<>();
    for (Publication publication : publications) {
      switch (publication.publisher()) {
        case Publisher.Container published -> {
          Optional<Endpoint> endpoint = meantBy(published).flatMap(DockerContainer::endpoint);
          if (endpoint.isPresent() && !publication.request().leavesChoice()) {
            endpoint.get().bindings(publication.request()).stream()
                .map(binding -> binding.with(publication.header()))
                .forEach(bindings::add);
          } else {
            Problem problem = whyNot(publication, published);
            problems.putIfAbsent(problem.subject(), problem);
          }
        }
        case Publisher.Namespace namespace -> {}
      }
    }
    return new Published(bindings, List.copyOf(problems.values()));
  }

  private Problem whyNot(Publication publication, Publisher.Container published) {
    if (publication.request().leavesChoice()) {
      return new Problem(publication.toString(), "its host port is not chosen yet");
    }
    return meantBy(published)
        .map(container ->
            new Problem(
                container.publisher().quoted(), container.unreachable().orElseThrow().text()))
        .orElseGet(() ->
            new Problem(
                published.quoted(),
                "does not exist; its ports are published when there is one of this name, and taken"
                    + " back with hairpin unpublish"));
  }
}
