package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.netns.NetnsSnapshot;
import dev.hairpin.agent.proxies.ProxyPool;
import dev.hairpin.agent.standin.Claim;
import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import java.io.IOException;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Makes the host agree with its sources, one pass at a time.
 *
 * <p>A pass reads everything it needs and trusts neither the event that woke it nor the pass before
 * it. A lost, repeated or reordered event costs an extra pass, never a wrong rule. Used by one
 * thread at a time.
 */
public final class Reconciler {
  private final Host host;
  private final Settings settings;
  private final Sources sources;
  private final ProxyPool ports;
  private final Layout layout;
  private final Consumer<Collection<String>> hairpinMode;

  /**
   * @param ports the sockets of labels and namespaces; nobody else's
   * @param hairpinMode switches it on for the ports of these bridges, see {@link HairpinPorts}
   */
  public Reconciler(
      Host host,
      Settings settings,
      Sources sources,
      ProxyPool ports,
      Layout layout,
      Consumer<Collection<String>> hairpinMode) {
    this.host = requireNonNull(host, "host");
    this.settings = requireNonNull(settings, "settings");
    this.sources = requireNonNull(sources, "sources");
    this.ports = requireNonNull(ports, "ports");
    this.layout = requireNonNull(layout, "layout");
    this.hairpinMode = requireNonNull(hairpinMode, "hairpinMode");
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
    List<Claim> claims = sources.claims();
    DockerSnapshot docker = sources.docker().orElse(host.applied().docker());
    NetnsSnapshot namespaces = sources.namespaces();
    Wanted wanted =
        DesiredStates.merge(docker, namespaces, claims, settings.standing())
            .servedBy(settings.proxyMode());

    // Sockets first: a port that someone else holds must not be DNATed.
    Map<PortBinding, String> failures = ports.openAll(wanted.ours());

    host.kernel().prepare(wanted.networks(), settings.proxyMode());
    if (settings.proxyMode() == ProxyMode.HAIRPIN) {
      hairpinMode.accept(namespaces.networks().stream().map(BridgeNetwork::bridge).toList());
    }
    DesiredState state = served(wanted, failures.keySet());
    int changes = 0;
    for (Family family : Family.values()) {
      changes += host.write(layout.rulesFor(state, family));
    }
    // Connections after the rules: the next packet of a forgotten one must meet the new rules.
    host.finish(
        host.applied().after(settings.standing(), state, standIns(claims)).withDocker(docker));

    // Sockets last: no rule leads to them any more.
    ports.closeAllExcept(wanted.ours());
    return new Outcome(state, failures, wanted.problems(), changes);
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
        FirewallOptions.of(
                settings.proxyMode(),
                families(wanted.networks(), bindings),
                settings.dropForwarded() ? host.kernel().forwardedByUs() : Set.of())
            .withUserChains(wanted.userChains()));
  }

  /** A family that nothing uses keeps its tables as they are. */
  private Set<Family> families(List<BridgeNetwork> networks, List<PortBinding> bindings) {
    Set<Family> families = EnumSet.noneOf(Family.class);
    networks.stream()
        .flatMap(network -> network.subnets().stream())
        .forEach(subnet -> families.add(subnet.family()));
    bindings.stream()
        .filter(PortBinding::isWithinOneFamily)
        .forEach(binding -> families.add(binding.hostPort().address().family()));
    if (!settings.ip6tables()) {
      families.remove(Family.IPV6);
    }
    return families;
  }

  private static Map<String, String> standIns(List<Claim> claims) {
    Map<String, String> byHostPort = new HashMap<>();
    claims.forEach(
        claim -> byHostPort.put(claim.hostPort().toString(), claim.process().toString()));
    return byHostPort;
  }
}
