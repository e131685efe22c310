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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches on the kernel's settings that published ports need, and back what was off before. What
 * is needed differs between the layouts: see {@link EngineHabits}.
 */
final class KernelSettings {
  private static final Logger log = LoggerFactory.getLogger(KernelSettings.class);

  private static final String ON = "1";

  /** What lets packets through this host. */
  static final Set<String> FORWARDING =
      Set.of(Sysctls.IPV4_FORWARDING, Sysctls.IPV6_FORWARDING, Sysctls.IPV6_DEFAULT_FORWARDING);

  private final Sysctls sysctls;
  private final Host host;
  private final BridgeFilter bridgeFilter;

  KernelSettings(Sysctls sysctls, Host host, ModuleLoader modules) {
    this.sysctls = requireNonNull(sysctls, "sysctls");
    this.host = requireNonNull(host, "host");
    this.bridgeFilter = new BridgeFilter(sysctls, this, modules);
  }

  /**
   * Switches on what the networks need. The record has the earlier value before anything changes.
   *
   * @return what the layout's engines leave to the user, and is not as it should be
   * @throws FirewallException if a setting can't be changed; those before it are
   */
  List<Problem> prepare(List<BridgeNetwork> networks, Settings settings)
      throws FirewallException, IOException {
    EngineHabits habits = EngineHabits.of(settings);
    List<Problem> problems = new ArrayList<>(forward(networks, settings, habits));
    if (settings.proxyMode() == ProxyMode.HAIRPIN) {
      for (BridgeNetwork network : networks) {
        if (network.subnet(Family.IPV4).isPresent()) {
          switchOn(Sysctls.routeLocalnet(network.bridge()));
        }
      }
    }
    if (settings.standing() == Standing.REPLACE) {
      problems.addAll(bridgeFilter.prepare(networks, settings, habits));
    }
    return problems;
  }

  private List<Problem> forward(
      List<BridgeNetwork> networks, Settings settings, EngineHabits habits)
      throws FirewallException, IOException {
    if (!habits.switchesForwardingOn()) {
      // Of an earlier layout's; this one leaves it to the user, whose firewall has to be ready.
      undo(FORWARDING);
    }
    if (settings.forwarding() == Forwarding.LEFT_ALONE) {
      return List.of();
    }
    Set<Family> families = familiesOf(networks);
    if (!habits.switchesForwardingOn()) {
      List<Problem> problems = new ArrayList<>();
      for (Family family : families) {
        notForwarding(family).ifPresent(problems::add);
      }
      return problems;
    }
    for (Family family : families) {
      for (String name : forwarding(family)) {
        switchOn(name);
      }
    }
    return List.of();
  }

  private static Set<Family> familiesOf(List<BridgeNetwork> networks) {
    Set<Family> families = EnumSet.noneOf(Family.class);
    networks.stream()
        .flatMap(network -> network.subnets().stream())
        .forEach(subnet -> families.add(subnet.family()));
    return families;
  }

  /** In the order in which dockerd sets them: "all" would set "default" as well. */
  private static List<String> forwarding(Family family) {
    return switch (family) {
      case IPV4 -> List.of(Sysctls.IPV4_FORWARDING);
      case IPV6 -> List.of(Sysctls.IPV6_DEFAULT_FORWARDING, Sysctls.IPV6_FORWARDING);
    };
  }

  /** In dockerd's words, which refuses to make the network then. */
  private Optional<Problem> notForwarding(Family family) throws FirewallException {
    for (String name : forwarding(family)) {
      if (!sysctls.read(name).equals(ON)) {
        return Optional.of(new Problem("forward packets of containers", adviceFor(family)));
      }
    }
    return Optional.empty();
  }

  private static String adviceFor(Family family) {
    return switch (family) {
      case IPV4 ->
          "IPv4 forwarding is disabled: check your host's firewalling and set sysctl"
              + " net.ipv4.ip_forward=1, or disable this check using option --ip-forward=false";
      case IPV6 ->
          "IPv6 global forwarding is disabled: check your host's firewalling and set sysctls"
              + " net.ipv6.conf.all.forwarding=1 and net.ipv6.conf.default.forwarding=1, or disable"
              + " this check using option --ip-forward=false";
    };
  }

  /** Switches a setting on, and has it in the record that it was off. */
  void switchOn(String name) throws FirewallException, IOException {
    String value = sysctls.read(name);
    if (!value.equals(ON)) {
      host.remember(host.applied().withSysctl(name, value));
      sysctls.set(name, ON);
      log.info("set sysctl {} from {} to {}", name, value, ON);
    }
  }

  /** Notes that a setting which is on now was not in force before us. */
  void noteSwitchedOn(String name) throws IOException {
    host.remember(host.applied().withSysctl(name, "0"));
  }

  /**
   * The families in which FORWARD has to drop what nobody accepts, because this host forwards only
   * since we said so. That it is to be left alone from now on doesn't switch it off.
   */
  Set<Family> droppedForUs(Settings settings) {
    return switch (settings.forwarding()) {
      case ON -> Set.of();
      case LEFT_ALONE -> forwardingForUs();
      case ON_AND_DROP_OTHERS -> {
        Set<Family> families = forwardingForUs();
        if (EngineHabits.of(settings).dropsIpv6()) {
          families.add(Family.IPV6);
        }
        yield families;
      }
    };
  }

  private Set<Family> forwardingForUs() {
    Set<Family> families = EnumSet.noneOf(Family.class);
    for (Family family : Family.values()) {
      if (forwarding(family).stream().anyMatch(host.applied().sysctls()::containsKey)) {
        families.add(family);
      }
    }
    return families;
  }

  /**
   * Puts back what was there before us. A setting that somebody else has changed meanwhile, or
   * whose interface is gone, is left alone.
   *
   * @param needed what somebody else relies on by now
   * @return what was done and what was not, one line each
   */
  List<String> restore(Set<String> needed) {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, String> setting : host.applied().sysctls().entrySet()) {
      if (needed.contains(setting.getKey())) {
        lines.add("left sysctl " + setting.getKey() + " as it is: dockerd relies on it");
      } else {
        restore(setting.getKey(), setting.getValue()).ifPresent(lines::add);
      }
    }
    return lines;
  }

  /** Puts some of them back while the agent goes on. */
  private void undo(Set<String> names) throws IOException {
    for (Map.Entry<String, String> setting : host.applied().sysctls().entrySet()) {
      if (names.contains(setting.getKey())) {
        restore(setting.getKey(), setting.getValue()).ifPresent(log::info);
        host.remember(host.applied().withoutSysctl(setting.getKey()));
      }
    }
  }

  private Optional<String> restore(String name, String value) {
    try {
      if (!sysctls.read(name).equals(ON)) {
        return Optional.empty();
      }
      sysctls.set(name, value);
      return Optional.of("sysctl " + name + " is " + value + " again");
    } catch (FirewallException e) {
      log.debug("restore sysctl: {}", e.getMessage());
      return Optional.of("left alone: " + e.getMessage());
    }
  }
}
