package dev.hairpin.agent.doctor;

import dev.hairpin.agent.docker.KnownContainer;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds out why there is no published port where a person looks for one. Pure. */
final class Unpublished {
  private final Evidence evidence;
  private final List<PortBinding> published;

  /**
   * @param published everything that is
   */
  Unpublished(Evidence evidence, List<PortBinding> published) {
    this.evidence = evidence;
    this.published = published;
  }

  List<Finding> about(Target target) {
    return switch (target) {
      case Target.Everything everything ->
          Stream.concat(
                  containers().filter(container -> !container.error().isEmpty()).map(this::stopped),
                  taken().map(Unpublished::refused))
              .toList();
      case Target.Port port -> aboutPort(port);
      case Target.Address address ->
          published.stream().anyMatch(target::isAbout)
              ? List.of()
              : List.of(nothing(target, List.of()));
      case Target.Named(String name) -> aboutContainer(target, name);
    };
  }

  /** Whether anybody goes by this name, as far as can be seen. */
  boolean isKnown(String name) {
    return evidence.insides().containsKey(name)
        || containers().anyMatch(container -> Target.isCalled(container.publisher(), name))
        || published.stream().anyMatch(binding -> Target.isCalled(binding.publisher(), name));
  }

  private Stream<KnownContainer> containers() {
    return evidence.docker().stream().flatMap(docker -> docker.inspection().containers().stream());
  }

  /** Others may only wait for their container or namespace. */
  private Stream<Evidence.Refused> taken() {
    return evidence.refused().stream().filter(port -> port.why().contains("already in use"));
  }

  /** The agent says who has it. */
  private static Finding refused(Evidence.Refused port) {
    int by = port.why().lastIndexOf(" by ");
    String program = by < 0 ? port.why() : port.why().substring(by + " by ".length());
    return Finding.of(
        Code.PORT_TAKEN,
        List.of(),
        List.of(port.port(), program, port.publisher()),
        List.of(port.port() + ": " + port.why()),
        List.of(Remedies.byHand("free-port", program)));
  }

  private List<Finding> aboutPort(Target.Port port) {
    List<Finding> refusals =
        taken()
            .filter(each -> each.port().contains(":" + port.number() + "/"))
            .map(Unpublished::refused)
            .toList();
    if (!refusals.isEmpty()) {
      return refusals;
    }
    List<PortBinding> meant = published.stream().filter(port::isAbout).toList();
    if (!meant.isEmpty()) {
      return port.address().isEmpty() && meant.stream().allMatch(Unpublished::isOnLoopback)
          ? List.of(elsewhere(port, meant))
          : List.of();
    }
    List<PortBinding> near =
        published.stream().filter(binding -> binding.hostPort().port() == port.number()).toList();
    if (!near.isEmpty()) {
      return List.of(elsewhere(port, near));
    }
    return containers()
        .filter(container -> wishes(container, port))
        .findFirst()
        .flatMap(this::why)
        .map(List::of)
        .orElseGet(() -> List.of(nothing(port, listening(port))));
  }

  private static boolean isOnLoopback(PortBinding binding) {
    return binding.hostPort().address().isLoopback();
  }

  private static boolean wishes(KnownContainer container, Target.Port port) {
    return container.wished().stream().anyMatch(wish -> isFor(wish, port));
  }

  private static boolean isFor(PortRequest wish, Target.Port port) {
    return wish.hostPorts().map(ports -> ports.contains(port.number())).orElse(false)
        && port.protocol().map(asked -> asked == wish.protocol()).orElse(true);
  }

  private List<Finding> aboutContainer(Target target, String name) {
    List<PortBinding> own =
        published.stream().filter(binding -> Target.isCalled(binding.publisher(), name)).toList();
    Optional<KnownContainer> known =
        containers().filter(container -> Target.isCalled(container.publisher(), name)).findFirst();
    if (!own.isEmpty()) {
      return List.of();
    }
    return List.of(known.flatMap(this::why).orElseGet(() -> nothing(target, List.of())));
  }

  /** Why a container has no published ports, though it wants some. */
  private Optional<Finding> why(KnownContainer container) {
    if (!container.running()) {
      return Optional.of(stopped(container));
    }
    String name = container.publisher().name();
    return container
        .unreachable()
        .map(why ->
            switch (why) {
              case NOT_RUNNING, NOT_KNOWN_YET -> stopped(container);
              case ON_THE_HOST ->
                  finding(
                      Code.ON_HOST_NETWORK,
                      List.of(name),
                      Remedies.byHand("attach-to-bridge", "bridge"));
              case WITHOUT_NETWORK, WITH_ANOTHER ->
                  finding(
                      Code.WITHOUT_NETWORK,
                      List.of(name),
                      Remedies.byHand("attach-to-bridge", "bridge"));
              case ON_NO_BRIDGE -> internal(container);
            });
  }

  private static Finding internal(KnownContainer container) {
    String name = container.publisher().name();
    Optional<String> internal =
        container.networks().stream()
            .filter(KnownContainer.OnNetwork::internal)
            .map(KnownContainer.OnNetwork::name)
            .findFirst();
    Remedy attach = Remedies.byHand("attach-to-bridge", "bridge");
    return internal
        .map(network -> finding(Code.INTERNAL_NETWORK, List.of(name, network), attach))
        .orElseGet(() -> finding(Code.WITHOUT_NETWORK, List.of(name), attach));
  }

  /** It may be that it could not be started because somebody else has its port. */
  private Finding stopped(KnownContainer container) {
    String name = container.publisher().name();
    Optional<Listener> holder =
        container.error().isEmpty()
            ? Optional.empty()
            : container.wished().stream().flatMap(wish -> holder(wish).stream()).findFirst();
    return holder
        .map(found -> taken(found, container))
        .orElseGet(() ->
            finding(
                Code.NOT_RUNNING,
                List.of(name, container.error().isEmpty() ? container.state() : container.error()),
                Remedies.byHand("start-container", name)));
  }

  private Finding taken(Listener holder, KnownContainer container) {
    String program = holder.program().map(Listener.Program::toString).orElse("");
    Optional<PortBinding> other =
        published.stream()
            .filter(binding -> binding.protocol() == holder.protocol())
            .filter(binding -> binding.hostPort().port() == holder.port())
            .findFirst();
    boolean isProxy = holder.program().filter(by -> by.name().equals(Proxies.NAME)).isPresent();
    Proxies proxies = new Proxies(evidence.proxies(), evidence.agent());
    String port = holder.port() + "/" + holder.protocol();
    boolean isStale = isProxy && other.isEmpty();
    return new Finding(
        isStale ? Code.PROXY_STALE : Code.PORT_TAKEN,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        List.of(
            port,
            other.map(binding -> binding.publisher().toString()).orElse(program),
            isStale ? proxies.asked(holder) : container.publisher().name()),
        List.of(holder.toString(), container.error()),
        List.of(
            isStale
                ? Remedies.run(
                    "kill", Long.toString(holder.program().map(Listener.Program::pid).orElse(0L)))
                : Remedies.byHand(
                    "free-port",
                    other.map(binding -> binding.publisher().toString()).orElse(program))));
  }

  private Optional<Listener> holder(PortRequest wish) {
    return evidence.listeners().stream()
        .flatMap(List::stream)
        .filter(each -> each.protocol() == wish.protocol())
        .filter(each -> wish.hostPorts().map(ports -> ports.contains(each.port())).orElse(false))
        .findFirst();
  }

  private List<String> listening(Target.Port port) {
    return evidence.listeners().stream()
        .flatMap(List::stream)
        .filter(each -> each.port() == port.number())
        .map(Listener::toString)
        .toList();
  }

  private Finding nothing(Target target, List<String> evidenceLines) {
    List<Remedy> remedies = new ArrayList<>();
    remedies.add(Remedies.byHand("publish", "NAME", target.toString()));
    return new Finding(
        Code.NOT_PUBLISHED,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        List.of(target.toString()),
        evidenceLines,
        remedies);
  }

  private static Finding elsewhere(Target target, List<PortBinding> near) {
    return new Finding(
        Code.PUBLISHED_ELSEWHERE,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        List.of(
            target.toString(),
            String.join(
                ", ", near.stream().map(binding -> binding.hostPort().toString()).toList())),
        near.stream().map(PortBinding::toString).toList(),
        List.of(Remedies.byHand("publish", "NAME", target.toString())));
  }

  private static Finding finding(Code code, List<String> parts, Remedy remedy) {
    return new Finding(
        code, List.of(), Optional.empty(), Optional.empty(), parts, List.of(), List.of(remedy));
  }
}
