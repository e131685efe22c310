package dev.hairpin.agent.reconcile;

import static java.util.Comparator.comparing;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.netns.NetnsSnapshot;
import dev.hairpin.agent.standin.Claim;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Puts together what the sources ask for. Pure. */
final class DesiredStates {
  private DesiredStates() {}

  /**
   * Decides what is wanted. Where two publishers want one host port, dockerd has it, as it holds
   * the port already or is about to start a container that does; then labels, then what was
   * published of containers, then of namespaces. What dockerd is about to publish comes last in the
   * order of the bindings, where it will be once dockerd says so.
   */
  static Wanted merge(
      DockerSnapshot docker, NetnsSnapshot namespaces, List<Claim> claims, Standing standing) {
    List<PortBinding> standIns =
        claims.stream()
            .map(Claim::binding)
            .map(binding ->
                mayExpectHeader(binding, docker, standing)
                    ? binding
                    : binding.with(ProxyHeader.NONE))
            .toList();
    List<PortBinding> published =
        switch (standing) {
          case REPLACE -> inOrderOf(standIns, withoutSuperseded(docker.published(), standIns));
          case BESIDE -> List.of();
        };
    List<PortBinding> ours =
        Stream.concat(docker.labelled().stream(), namespaces.bindings().stream()).toList();
    List<PortBinding> coming =
        switch (standing) {
          case REPLACE -> without(standIns, published);
          case BESIDE -> List.of();
        };

    List<Problem> problems = new ArrayList<>(docker.problems());
    problems.addAll(namespaces.problems());
    if (standing == Standing.BESIDE) {
      problems.addAll(headersInVain(docker.published()));
    }
    Admission admission = new Admission();
    Stream.of(published, coming).flatMap(List::stream).distinct().forEach(admission::admit);
    List<PortBinding> oursAdmitted = ours.stream().distinct().filter(admission::admit).toList();
    problems.addAll(admission.problems);

    List<BridgeNetwork> networks = networks(docker, namespaces);
    List<PortBinding> admitted =
        Stream.of(published, ours, coming)
            .flatMap(List::stream)
            .distinct()
            .filter(admission.admitted::contains)
            .toList();
    return new Wanted(
        networks,
        members(docker.members(), networks, Stream.of(coming, ours).flatMap(List::stream)),
        admitted,
        standing == Standing.REPLACE ? docker.routed() : List.of(),
        standing == Standing.REPLACE ? docker.links() : List.of(),
        docker.userChains(),
        oursAdmitted,
        asDockerSays(standIns, published),
        problems);
  }

  /** While a container with such a label is about to start, any stand-in may be for it. */
  private static boolean mayExpectHeader(
      PortBinding standIn, DockerSnapshot docker, Standing standing) {
    return standing == Standing.REPLACE
        && docker.headersToCome()
        && standIn.protocol() == Protocol.TCP;
  }

  /** The stand-ins' bindings, those of containers by now with what these are labelled with. */
  private static List<PortBinding> asDockerSays(
      List<PortBinding> standIns, List<PortBinding> published) {
    Map<HostPort, PortBinding> known = new HashMap<>();
    published.forEach(binding -> known.put(binding.hostPort(), binding));
    return standIns.stream()
        .map(binding -> known.getOrDefault(binding.hostPort(), binding))
        .toList();
  }

  private static List<Problem> headersInVain(List<PortBinding> dockerds) {
    return dockerds.stream()
        .filter(binding -> binding.header() != ProxyHeader.NONE)
        .map(binding ->
            new Problem(
                "label hairpin.proxy-protocol of " + binding.publisher(),
                binding.hostPort()
                    + " is dockerd's to carry, without a header; publish it with the label"
                    + " hairpin.publish instead of -p, or have Hairpin write all rules"
                    + " (--replace)"))
        .toList();
  }

  /**
   * dockerd's list may be older than its stand-ins. A living stand-in that sends the same host port
   * elsewhere is what dockerd wants now.
   */
  private static List<PortBinding> withoutSuperseded(
      List<PortBinding> published, Collection<PortBinding> standIns) {
    Map<HostPort, PortBinding> newest = new LinkedHashMap<>();
    standIns.forEach(binding -> newest.put(binding.hostPort(), binding));
    return published.stream()
        .filter(binding ->
            Optional.ofNullable(newest.get(binding.hostPort()))
                .map(standIn -> haveSameBackend(standIn, binding))
                .orElse(true))
        .toList();
  }

  /**
   * dockerd starts its proxies in the order in which it writes their rules, which Docker's lists
   * tell only in part: up to 26 the order of a container's own ports is left to chance where host
   * and container ports are not ordered alike. What has no stand-in keeps its place.
   */
  private static List<PortBinding> inOrderOf(
      List<PortBinding> standIns, List<PortBinding> published) {
    Map<HostPort, Integer> rank = new HashMap<>();
    standIns.forEach(binding -> rank.put(binding.hostPort(), rank.size()));
    Iterator<PortBinding> ranked =
        published.stream()
            .filter(binding -> rank.containsKey(binding.hostPort()))
            .sorted(comparing(binding -> rank.get(binding.hostPort())))
            .iterator();
    return published.stream()
        .map(binding -> rank.containsKey(binding.hostPort()) ? ranked.next() : binding)
        .toList();
  }

  private static boolean haveSameBackend(PortBinding one, PortBinding other) {
    return one.containerAddress().equals(other.containerAddress())
        && one.containerPort() == other.containerPort();
  }

  private static List<PortBinding> without(
      List<PortBinding> standIns, Collection<PortBinding> known) {
    Set<HostPort> taken = new HashSet<>();
    known.forEach(binding -> taken.add(binding.hostPort()));
    return standIns.stream().filter(binding -> !taken.contains(binding.hostPort())).toList();
  }

  /**
   * Docker's, then those that only their ports tell of: containers that are about to start, where
   * they will be once dockerd says so, and namespaces. Nobody should be able to address them
   * directly either.
   */
  private static List<Member> members(
      List<Member> dockers, List<BridgeNetwork> networks, Stream<PortBinding> bindings) {
    Set<IpAddress> known = new HashSet<>();
    dockers.forEach(member -> known.addAll(member.addresses()));
    List<Member> members = new ArrayList<>(dockers);
    for (PortBinding binding : bindings.toList()) {
      IpAddress address = binding.containerAddress();
      if (known.add(address)) {
        networks.stream()
            .filter(network -> network.contains(address))
            .findFirst()
            .map(network -> new Member(binding.publisher(), network.bridge(), List.of(address)))
            .ifPresent(members::add);
      }
    }
    return members;
  }

  /** A namespace may be on a bridge that is dockerd's already. */
  private static List<BridgeNetwork> networks(DockerSnapshot docker, NetnsSnapshot namespaces) {
    Map<String, BridgeNetwork> byBridge = new LinkedHashMap<>();
    Stream.concat(docker.networks().stream(), namespaces.networks().stream())
        .forEach(network -> byBridge.putIfAbsent(network.bridge(), network));
    return List.copyOf(byBridge.values());
  }

  /** Lets each host port have one binding, as the kernel lets it have one socket. */
  private static final class Admission {
    private final Set<PortBinding> admitted = new HashSet<>();
    private final List<Problem> problems = new ArrayList<>();
    private final Map<Key, List<PortBinding>> byPort = new LinkedHashMap<>();

    boolean admit(PortBinding wanted) {
      Optional<PortBinding> owner = conflicting(wanted);
      if (owner.isPresent()) {
        problems.add(
            new Problem(
                "publish " + wanted.hostPort() + " for " + wanted.publisher(),
                "port is already allocated: "
                    + owner.get().publisher()
                    + " has "
                    + owner.get().hostPort()));
        return false;
      }
      admitted.add(wanted);
      byPort.computeIfAbsent(Key.of(wanted.hostPort()), port -> new ArrayList<>()).add(wanted);
      return true;
    }

    /** A wildcard address takes the port on every address of its family. */
    private Optional<PortBinding> conflicting(PortBinding wanted) {
      return byPort.getOrDefault(Key.of(wanted.hostPort()), List.of()).stream()
          .filter(other ->
              other.hostPort().address().isWildcard()
                  || wanted.hostPort().address().isWildcard()
                  || other.hostPort().equals(wanted.hostPort()))
          .findFirst();
    }

    /** What two bindings must share to be able to get into each other's way. */
    private record Key(Protocol protocol, Family family, int port) {
      static Key of(HostPort hostPort) {
        return new Key(hostPort.protocol(), hostPort.address().family(), hostPort.port());
      }
    }
  }
}
