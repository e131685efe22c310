package dev.hairpin.agent.docker;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.Publication;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.RoutedPort;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What Docker says at one moment.
 *
 * @param networks its bridge networks, in order of creation
 * @param members its running containers' addresses, in the order in which they came
 * @param published what dockerd itself published ({@code -p}, {@code -P}); dockerd, or its proxy,
 *     holds the host port
 * @param routed what dockerd published without a host port, on routed networks
 * @param links what {@code --link} opens where a network lets its members not talk to each other
 * @param userChains the families in which the engine would make a chain for its user's own rules
 * @param labelled what labels ask us to publish, and {@link #publishing publications}; the host
 *     port is ours to hold
 * @param headersToCome whether some container that is not here yet has a label that asks for the
 *     PROXY protocol, so that what dockerd is about to publish may be its
 * @param containers all that Docker has, running or not
 * @param sandboxes by container id, the files of the network namespaces of those that run
 * @param problems what was asked for and can't be understood
 */
public record DockerSnapshot(
    List<BridgeNetwork> networks,
    List<Member> members,
    List<PortBinding> published,
    List<RoutedPort> routed,
    List<Link> links,
    Set<Family> userChains,
    List<PortBinding> labelled,
    boolean headersToCome,
    List<DockerContainer> containers,
    Map<String, String> sandboxes,
    List<Problem> problems) {
  /** No Docker, or nothing in it. */
  public static final DockerSnapshot EMPTY = of(List.of(), List.of(), List.of(), List.of());

  /**
   * Docker before it has said anything. A chain for the user's own rules is nobody's to take away
   * once it is there, so one that only some engines make is not made yet.
   */
  public static final DockerSnapshot UNKNOWN =
      new DockerSnapshot(
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          Set.of(Family.IPV4),
          List.of(),
          /* headersToCome= */ false,
          List.of(),
          Map.of(),
          List.of());

  public DockerSnapshot {
    networks = List.copyOf(networks);
    members = List.copyOf(members);
    published = List.copyOf(published);
    routed = List.copyOf(routed);
    links = List.copyOf(links);
    userChains = Set.copyOf(userChains);
    labelled = List.copyOf(labelled);
    containers = List.copyOf(containers);
    sandboxes = Map.copyOf(sandboxes);
    problems = List.copyOf(problems);
  }

  /** Networks and ports of an engine that makes chains for its user in both families. */
  public static DockerSnapshot of(
      List<BridgeNetwork> networks,
      List<PortBinding> published,
      List<PortBinding> labelled,
      List<Problem> problems) {
    return new DockerSnapshot(
        networks,
        List.of(),
        published,
        List.of(),
        List.of(),
        Set.of(Family.values()),
        labelled,
        /* headersToCome= */ false,
        List.of(),
        Map.of(),
        problems);
  }

  DockerSnapshot with(List<Member> otherMembers, List<PortBinding> otherPublished) {
    return new DockerSnapshot(
        networks,
        otherMembers,
        otherPublished,
        routed,
        links,
        userChains,
        labelled,
        headersToCome,
        containers,
        sandboxes,
        problems);
  }

  DockerSnapshot withProblems(List<Problem> all) {
    return with(labelled, containers, all);
  }

  /** The same with containers that nothing is known of but that there are. */
  DockerSnapshot withContainers(List<DockerContainer> others) {
    return with(labelled, concat(containers, others), problems);
  }

  /**
   * The same with the ports that were published of its containers. Nothing is known of those before
   * Docker has said anything.
   */
  public DockerSnapshot publishing(Collection<Publication> publications) {
    if (equals(UNKNOWN)) {
      return this;
    }
    KnownContainers.Published published = new KnownContainers(containers).published(publications);
    return with(
        concat(labelled, published.bindings()), containers, concat(problems, published.problems()));
  }

  private DockerSnapshot with(
      List<PortBinding> asked, List<DockerContainer> known, List<Problem> all) {
    return new DockerSnapshot(
        networks,
        members,
        published,
        routed,
        links,
        userChains,
        asked,
        headersToCome,
        known,
        sandboxes,
        all);
  }

  private static <T> List<T> concat(List<T> some, List<T> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  /** The same with another answer to that. */
  public DockerSnapshot withHeadersToCome(boolean toCome) {
    return new DockerSnapshot(
        networks,
        members,
        published,
        routed,
        links,
        userChains,
        labelled,
        toCome,
        containers,
        sandboxes,
        problems);
  }
}
