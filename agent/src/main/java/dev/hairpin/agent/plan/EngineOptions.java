package dev.hairpin.agent.plan;

import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.FirewallOptions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Works out what an engine's settings mean for its rules, in its generation. */
final class EngineOptions {
  private final EngineVersion engine;
  private final DaemonSettings settings;
  private final Set<EngineSwitch> switches;
  private final HostBefore host;
  private final DockerSnapshot docker;

  EngineOptions(Engine engine, HostBefore host, DockerSnapshot docker) {
    this.engine = engine.version();
    this.settings = engine.settings();
    this.switches = engine.switches();
    this.host = host;
    this.docker = docker;
  }

  FirewallOptions options() {
    Set<Family> families = families();
    Set<Family> dropForwarded = EnumSet.copyOf(families);
    dropForwarded.removeIf(family -> !dropsForwarded(family));
    return new FirewallOptions(
        settings.proxyMode(),
        families,
        dropForwarded,
        docker.userChains(),
        settings.allowDirectRouting() && engine.isAtLeast(28, 2),
        !switches.contains(EngineSwitch.DOCKER_INSECURE_NO_IPTABLES_RAW),
        engine.isAtLeast(29, 0) ? settings.acceptMark() : Optional.empty());
  }

  /** ip6tables is an experiment that has to be asked for before 27.0. */
  private Set<Family> families() {
    Set<Family> families = EnumSet.noneOf(Family.class);
    if (settings.iptables()) {
      families.add(Family.IPV4);
    }
    if (settings.ip6tables().orElse(engine.isAtLeast(27, 0))) {
      families.add(Family.IPV6);
    }
    return families;
  }

  /**
   * FORWARD drops what nobody accepts where forwarding was switched on by the engine, so that a
   * host does not become everybody's router. Since 28.0 it does that for a family when the first
   * network has it; before, at its start, and with ip6tables it drops in any case
   * (setup_ip_forwarding.go).
   */
  private boolean dropsForwarded(Family family) {
    if (!settings.ipForward()) {
      return false;
    }
    boolean wasOn = host.forwarding().contains(family);
    if (!engine.isAtLeast(28, 0)) {
      return switch (family) {
        case IPV4 -> !wasOn;
        case IPV6 -> true;
      };
    }
    return !wasOn
        && !settings.ipForwardNoDrop()
        && docker.networks().stream().anyMatch(network -> network.subnet(family).isPresent());
  }
}
