package dev.hairpin.agent.reconcile;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;
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
import java.util.TreeMap;
import java.util.TreeSet;
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

  private static final Set<String> SETS_OTHERS =
      Set.of(Sysctls.IPV4_FORWARDING, Sysctls.IPV6_FORWARDING);

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

  /**
   * Forwarding that we switched on for an earlier layout goes off under one that leaves it to the
   * user, also where it is to be left alone: what is left alone is what the user had. The policy
   * that came with it can't stay, as it would drop what nftables accepts; and without one this host
   * would forward for everybody. Forwarding that was on before us is not touched, nor is what the
   * user switches on from then on.
   */
  private List<Problem> forward(
      List<BridgeNetwork> networks, Settings settings, EngineHabits habits)
      throws FirewallException, IOException {
    if (!habits.switchesForwardingOn()) {
      undoForwarding();
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

  /**
   * Switches a setting on, and has it in the record that it was off, and which of those were not
   * that go on or off with it.
   */
  void switchOn(String name) throws FirewallException, IOException {
    String value = sysctls.read(name);
    if (!value.equals(ON)) {
      AppliedRecord next = host.applied().withSysctl(name, value);
      for (String other : sysctls.setAlongWith(name)) {
        String others = sysctls.read(other);
        if (!others.equals(value)) {
          next = next.withSysctl(other, others);
        }
      }
      host.remember(next);
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

  /** The families in which this host forwards, or will, because we said so. */
  Set<Family> forwardingForUs() {
    Set<Family> families = EnumSet.noneOf(Family.class);
    for (Family family : Family.values()) {
      if (forwarding(family).stream().anyMatch(host.applied().sysctls()::containsKey)) {
        families.add(family);
      }
    }
    return families;
  }

  /**
   * Puts back what was there before us, and forgets it. A setting that somebody else has changed
   * meanwhile, or whose interface is gone, is left alone. One that can't be put back stays in the
   * record, so that the next time tries again.
   *
   * @param needed what somebody else relies on by now
   * @return what was done and what was not, one line each
   */
  List<String> restore(Set<String> needed) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String name : inOrder()) {
      if (needed.contains(name)) {
        host.remember(host.applied().withoutSysctl(name));
        lines.add("left sysctl " + name + " as it is: dockerd relies on it");
        continue;
      }
      try {
        putBack(name).ifPresent(lines::add);
      } catch (FirewallException e) {
        lines.add(e.getMessage() + "; it is still to be put back by hairpin down");
      }
    }
    return lines;
  }

  /**
   * Puts forwarding back while the agent goes on.
   *
   * @throws FirewallException if that can't be done; the rules that are here must stay then
   */
  private void undoForwarding() throws FirewallException, IOException {
    for (String name : inOrder()) {
      if (FORWARDING.contains(name)) {
        putBack(name).ifPresent(log::info);
      }
    }
  }

  /**
   * The settings on record, those first that set others too: the kernel gives IPv6's "all" to
   * "default" and to every interface (addrconf_fixup_forwarding), and so would undo what is put
   * back there earlier. "default" is only for interfaces to come, and sets none that is here.
   */
  private List<String> inOrder() {
    return host.applied().sysctls().keySet().stream()
        .sorted(
            comparing((String name) -> !SETS_OTHERS.contains(name))
                .thenComparing(name -> !FORWARDING.contains(name))
                .thenComparing(naturalOrder()))
        .toList();
  }

  private Optional<String> putBack(String name) throws FirewallException, IOException {
    String value = host.applied().sysctls().get(name);
    if (value == null) {
      return Optional.empty(); // Put back, or given up, together with another.
    }
    boolean isOurs = !value.equals(ON) && sysctls.has(name) && sysctls.read(name).equals(ON);
    Map<String, String> others = othersThan(name, value);
    if (isOurs) {
      others.keySet().retainAll(stillOn(others.keySet()));
      sysctls.set(name, value);
      for (Map.Entry<String, String> other : others.entrySet()) {
        sysctls.set(other.getKey(), other.getValue());
      }
    }
    AppliedRecord next = host.applied().withoutSysctl(name);
    for (String other : othersThan(name, value).keySet()) {
      next = next.withoutSysctl(other);
    }
    host.remember(next);
    return isOurs ? Optional.of("sysctl " + name + " is " + value + " again") : Optional.empty();
  }

  /** What a setting changes too, and had another value before us than that one. */
  private Map<String, String> othersThan(String name, String value) throws FirewallException {
    Map<String, String> others = new TreeMap<>();
    for (String other : sysctls.setAlongWith(name)) {
      String before = host.applied().sysctls().get(other);
      if (before != null && !before.equals(value)) {
        others.put(other, before);
      }
    }
    return others;
  }

  /** What somebody switched off since stays off. */
  private Set<String> stillOn(Set<String> names) throws FirewallException {
    Set<String> on = new TreeSet<>();
    for (String name : names) {
      if (sysctls.read(name).equals(ON)) {
        on.add(name);
      }
    }
    return on;
  }
}
