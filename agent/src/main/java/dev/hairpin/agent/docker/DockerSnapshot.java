package dev.hairpin.agent.docker;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.RoutedPort;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
 * @param labelled what labels ask us to publish; the host port is ours to hold
 * @param headersToCome whether some container that is not here yet has a label that asks for the
 *     PROXY protocol, so that what dockerd is about to publish may be its
 * @param sandboxes by container id, the files of the network namespaces of those that publish
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
        sandboxes,
        problems);
  }

  DockerSnapshot withProblems(List<Problem> all) {
    return new DockerSnapshot(
        networks,
        members,
        published,
        routed,
        links,
        userChains,
        labelled,
        headersToCome,
        sandboxes,
        all);
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
        sandboxes,
        problems);
  }
}
