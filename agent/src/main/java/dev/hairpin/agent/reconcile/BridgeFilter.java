package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.ProxyMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has packets meet the rules that go from one port of a bridge to another. Without it members talk
 * to each other where that is forbidden ({@code icc=false}); and where there is no userland proxy,
 * a member that calls a neighbour's published port is answered past the host, from an address that
 * it did not call.
 */
final class BridgeFilter {
  private static final Logger log = LoggerFactory.getLogger(BridgeFilter.class);

  private static final String MODULE = "br_netfilter";

  /** As dockerd says it, when it refuses to make the network. */
  private static final String IN_VAIN =
      "cannot restrict inter-container communication or run without the userland proxy";

  private final Sysctls sysctls;
  private final KernelSettings kernel;
  private final ModuleLoader modules;
  private final Set<String> ignored = new HashSet<>();

  BridgeFilter(Sysctls sysctls, KernelSettings kernel, ModuleLoader modules) {
    this.sysctls = requireNonNull(sysctls, "sysctls");
    this.kernel = requireNonNull(kernel, "kernel");
    this.modules = requireNonNull(modules, "modules");
  }

  /** Switches on what is needed, and says what can't be. */
  List<Problem> prepare(List<BridgeNetwork> networks, Settings settings, EngineHabits habits)
      throws IOException {
    boolean always =
        settings.proxyMode() == ProxyMode.HAIRPIN && habits.filtersBridgesWithoutProxy();
    Set<Family> needed = EnumSet.noneOf(Family.class);
    for (BridgeNetwork network : networks) {
      if (always || !network.icc()) {
        needed.addAll(forwardedFrom(network));
      }
    }
    List<Problem> problems = new ArrayList<>();
    for (Family family : needed) {
      switchOn(family)
          .flatMap(why -> settings.bridgeFilterNeeded() ? Optional.of(problem(why)) : ignore(why))
          .ifPresent(problems::add);
    }
    return problems;
  }

  /** Where nothing is forwarded, no packet passes the host on its way to a neighbour either. */
  private Set<Family> forwardedFrom(BridgeNetwork network) {
    Set<Family> families = EnumSet.noneOf(Family.class);
    if (network.subnet(Family.IPV4).isPresent() && isOn(Sysctls.IPV4_FORWARDING)) {
      families.add(Family.IPV4);
    }
    if (network.subnet(Family.IPV6).isPresent() && isOn(Sysctls.ipv6Forwarding(network.bridge()))) {
      families.add(Family.IPV6);
    }
    return families;
  }

  private boolean isOn(String name) {
    try {
      return sysctls.read(name).equals("1");
    } catch (FirewallException e) {
      log.debug("is the bridge filter needed? {}", e.getMessage());
      return false;
    }
  }

  /** Empty once it is on. */
  private Optional<String> switchOn(Family family) throws IOException {
    String setting = Sysctls.bridgeFilter(family);
    try {
      if (!sysctls.has(setting)) {
        modules.load(MODULE);
        noteLoaded();
      }
      kernel.switchOn(setting);
      return Optional.empty();
    } catch (FirewallException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** The module begins with all of them on, in every network namespace. */
  private void noteLoaded() throws IOException {
    log.info("loaded the kernel module {}; it stays", MODULE);
    for (String name : Sysctls.BRIDGE_FILTERS) {
      kernel.noteSwitchedOn(name);
    }
  }

  private static Problem problem(String why) {
    return new Problem(
        IN_VAIN, why + ": set environment variable DOCKER_IGNORE_BR_NETFILTER_ERROR=1 to ignore");
  }

  private Optional<Problem> ignore(String why) {
    if (ignored.add(why)) {
      log.warn("continuing without {}: {}: {}", MODULE, IN_VAIN, why);
    }
    return Optional.empty();
  }
}
