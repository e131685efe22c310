package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.netns.NetnsSnapshot;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.agent.proxies.BackendNamespaces;
import dev.hairpin.agent.proxies.ProxyPool;
import dev.hairpin.agent.standin.Claim;
import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.netfilter.Ruleset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the host agree with its sources, one pass at a time.
 *
 * <p>A pass reads everything it needs and trusts neither the event that woke it nor the pass before
 * it. A lost, repeated or reordered event costs an extra pass, never a wrong rule. Used by one
 * thread at a time.
 */
public final class Reconciler {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  private final Host host;
  private final Settings settings;
  private final Sources sources;
  private final ProxyPool ports;
  private final ProxyPool dockerds;
  private final BackendNamespaces insides;
  private final Layout layout;
  private final Consumer<Collection<String>> hairpinMode;
  private final Rivals rivals;
  private boolean tookOver;

  /** What this agent has written; the one before it may have had another layout. */
  private Optional<DesiredState> lastState = Optional.empty();

  /**
   * @param ports the sockets of labels, publications and namespaces; nobody else's
   * @param dockerds the sockets of dockerd's stand-ins, which are opened and closed elsewhere
   * @param insides where both pools dial their backends from
   * @param hairpinMode switches it on for the ports of these bridges, see {@link HairpinPorts}
   * @param rivals who else changes rules here
   */
  public Reconciler(
      Host host,
      Settings settings,
      Sources sources,
      ProxyPool ports,
      ProxyPool dockerds,
      BackendNamespaces insides,
      Layout layout,
      Consumer<Collection<String>> hairpinMode,
      Rivals rivals) {
    this.host = requireNonNull(host, "host");
    this.settings = requireNonNull(settings, "settings");
    this.sources = requireNonNull(sources, "sources");
    this.ports = requireNonNull(ports, "ports");
    this.dockerds = requireNonNull(dockerds, "dockerds");
    this.insides = requireNonNull(insides, "insides");
    this.layout = requireNonNull(layout, "layout");
    this.hairpinMode = requireNonNull(hairpinMode, "hairpinMode");
    this.rivals = requireNonNull(rivals, "rivals");
  }

  /**
   * Runs one pass. A binding that cannot be served is left out and reported; the others are
   * published.
   *
   * @throws FirewallException if the kernel's rules or settings cannot be read or changed; what was
   *     changed before that stays, and the next pass goes on from there
   * @throws IOException if the record cannot be written; nothing is changed that it doesn't have
   */
  public Outcome reconcile() throws FirewallException, IOException {
    rivals.beginPass();
    Optional<DockerSnapshot> answered = sources.docker();
    List<Claim> claims = sources.claims();
    DockerSnapshot said = answered.orElse(host.applied().docker());
    DockerSnapshot docker = said.publishing(sources.publications());
    NetnsSnapshot namespaces = sources.namespaces();
    Wanted wanted =
        DesiredStates.merge(docker, namespaces, claims, settings.standing())
            .servedBy(settings.proxyMode());
    List<Problem> undialled = insides.hold(namespacesOf(wanted, docker));
    dockerds.retargetOpen(wanted.standIns());
    if (answered.isEmpty() && isToTakeOver() && host.dockerdsRules().isPresent()) {
      return untilDockerAnswers();
    }

    // Sockets first: a port that someone else holds must not be DNATed.
    Map<PortBinding, String> failures = ports.openAll(wanted.ours());

    List<Problem> problems = new ArrayList<>(wanted.problems());
    problems.addAll(undialled);
    if (isToTakeOver()) {
      takeOver(wanted.networks());
    }
    problems.addAll(host.kernel().prepare(wanted.networks(), settings));
    if (settings.proxyMode() == ProxyMode.HAIRPIN) {
      hairpinMode.accept(namespaces.networks().stream().map(BridgeNetwork::bridge).toList());
    }
    DesiredState state = served(wanted, failures.keySet());
    List<Host.Written> written = new ArrayList<>();
    for (Family family : Family.values()) {
      write(rules(state, family), state, problems).ifPresent(written::add);
    }
    int changes = written.stream().mapToInt(Host.Written::changes).sum();
    Optional<Repair> repair =
        changes > 0 && Optional.of(state).equals(lastState)
            ? Optional.of(rivals.repaired(written))
            : Optional.empty();
    lastState = Optional.of(state);
    repair.ifPresent(what -> log.info("{}", what));
    problems.addAll(droppedAfterAll(state));
    problems.addAll(rivals.inFront(written, state));
    // After the rules, which need not wait for it.
    problems.addAll(host.zone().prepare(bridgesOfOurs(wanted, docker)));
    // Connections after the rules: the next packet of a forgotten one must meet the new rules.
    host.finish(host.applied().after(settings, state, standIns(claims)).withDocker(said));

    // Sockets last: no rule leads to them any more.
    ports.closeAllExcept(wanted.ours());
    insides.closeReleased();
    return new Outcome(state, failures, problems, changes, repair);
  }

  private Ruleset rules(DesiredState state, Family family) throws FirewallException {
    Ruleset rules = layout.rulesFor(state, family);
    return settings.ownTables() && host.canOwnTables() ? rules.withOwnedTables() : rules;
  }

  /** A dockerd that writes its own rules sees to its own bridges. */
  private Set<String> bridgesOfOurs(Wanted wanted, DockerSnapshot docker) {
    Set<String> bridges = new TreeSet<>();
    wanted.networks().stream().map(BridgeNetwork::bridge).forEach(bridges::add);
    if (settings.standing() == Standing.BESIDE) {
      docker.networks().stream().map(BridgeNetwork::bridge).forEach(bridges::remove);
    }
    return bridges;
  }

  private static Map<Publisher, NetworkNamespace> namespacesOf(
      Wanted wanted, DockerSnapshot docker) {
    Map<Publisher, NetworkNamespace> files = new LinkedHashMap<>();
    Stream.concat(wanted.bindings().stream(), wanted.standIns().stream())
        .map(PortBinding::publisher)
        .forEach(publisher ->
            namespaceOf(publisher, docker).ifPresent(file -> files.put(publisher, file)));
    return files;
  }

  private static Optional<NetworkNamespace> namespaceOf(
      Publisher publisher, DockerSnapshot docker) {
    return switch (publisher) {
      case Publisher.Container(String id, String name) ->
          Optional.ofNullable(docker.sandboxes().get(id))
              .map(file -> new NetworkNamespace("of container " + name, Path.of(file)));
      case Publisher.Namespace(String name) -> Optional.of(NetworkNamespace.of(name));
      case Publisher.StandIn standIn -> Optional.empty();
    };
  }

  private boolean isToTakeOver() {
    return settings.standing() == Standing.REPLACE && !tookOver;
  }

  /**
   * Nothing is changed: without Docker's word on its networks, the rules that containers rely on
   * would pass for leftovers.
   */
  private Outcome untilDockerAnswers() {
    return new Outcome(
        host.applied().state(),
        Map.of(),
        List.of(new Problem("take over dockerd's rules", "Docker has not answered yet")),
        0,
        Optional.empty());
  }

  /** Once: rules under dockerd's names that come later are a dockerd's that is still writing. */
  private void takeOver(List<BridgeNetwork> networks) throws FirewallException, IOException {
    host.takeOver(Family.IPV4, networks);
    if (settings.ip6tables()) {
      try {
        host.takeOver(Family.IPV6, networks);
      } catch (FirewallException e) {
        // Such as a kernel without IPv6; where it matters, writing the rules fails too.
        log.info("look for IPv6 rules that dockerd left: {}", e.getMessage());
      }
    }
    tookOver = true;
  }

  private DesiredState served(Wanted wanted, Set<PortBinding> failed) {
    List<PortBinding> bindings =
        wanted.bindings().stream().filter(binding -> !failed.contains(binding)).toList();
    return new DesiredState(
        wanted.networks(),
        wanted.members(),
        bindings,
        wanted.routed(),
        wanted.links(),
        settings.firewallOptions(
            families(wanted.networks(), bindings),
            host.kernel().droppedForUs(settings),
            wanted.userChains()));
  }

  /** Chains that nothing uses yet must not keep the other family's rules from being written. */
  private Optional<Host.Written> write(Ruleset rules, DesiredState state, List<Problem> problems)
      throws FirewallException, IOException {
    try {
      return host.write(rules, settings.standing());
    } catch (FirewallException e) {
      if (used(state.networks(), state.bindings()).contains(rules.family())) {
        throw e;
      }
      problems.add(new Problem("prepare for networks of the other family", e.getMessage()));
      return Optional.empty();
    }
  }

  /** In dockerd's words, with what helps. */
  private List<Problem> droppedAfterAll(DesiredState state) {
    if (!EngineHabits.of(settings).leavesPolicyToUser()) {
      return List.of();
    }
    return used(state.networks(), state.bindings()).stream()
        .filter(host.droppedByOthers()::contains)
        .map(family ->
            new Problem(
                "forward packets of containers",
                "network traffic for published ports may be dropped, "
                    + switch (family) {
                      case IPV4 -> "iptables";
                      case IPV6 -> "ip6tables";
                    }
                    + " chain FORWARD has policy DROP; have your own firewall drop what must not"
                    + " pass, and set the policy to ACCEPT"))
        .toList();
  }

  /** dockerd up to 26 leaves a family alone that nothing uses; later ones make its chains. */
  private Set<Family> families(List<BridgeNetwork> networks, List<PortBinding> bindings) {
    Set<Family> families = used(networks, bindings);
    if (!families.isEmpty() && EngineHabits.of(settings).writesBothFamilies()) {
      families.addAll(EnumSet.allOf(Family.class));
    }
    if (!settings.ip6tables()) {
      families.remove(Family.IPV6);
    }
    return families;
  }

  private static Set<Family> used(List<BridgeNetwork> networks, List<PortBinding> bindings) {
    Set<Family> families = EnumSet.noneOf(Family.class);
    networks.stream()
        .flatMap(network -> network.subnets().stream())
        .forEach(subnet -> families.add(subnet.family()));
    bindings.stream()
        .filter(PortBinding::isForKernel)
        .forEach(binding -> families.add(binding.hostPort().address().family()));
    return families;
  }

  private static Map<String, String> standIns(List<Claim> claims) {
    Map<String, String> byHostPort = new HashMap<>();
    claims.forEach(
        claim -> byHostPort.put(claim.hostPort().toString(), claim.process().toString()));
    return byHostPort;
  }
}
