package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.ProxyMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Switches on the kernel's settings that published ports need, and back what was off before. */
final class KernelSettings {
  private static final Logger log = LoggerFactory.getLogger(KernelSettings.class);

  private static final String ON = "1";

  /** For interfaces that come later, as dockerd sets it. */
  private static final String IPV6_DEFAULT_FORWARDING = "net/ipv6/conf/default/forwarding";

  /** What lets packets through this host. */
  static final Set<String> FORWARDING =
      Set.of(Sysctls.IPV4_FORWARDING, Sysctls.IPV6_FORWARDING, IPV6_DEFAULT_FORWARDING);

  private final Sysctls sysctls;
  private final Host host;

  KernelSettings(Sysctls sysctls, Host host) {
    this.sysctls = requireNonNull(sysctls, "sysctls");
    this.host = requireNonNull(host, "host");
  }

  /**
   * Switches on what the networks need. The record has the earlier value before anything changes.
   *
   * @throws FirewallException if a setting can't be changed; those before it are
   */
  void prepare(List<BridgeNetwork> networks, ProxyMode proxyMode)
      throws FirewallException, IOException {
    for (String name : needed(networks, proxyMode)) {
      String value = sysctls.read(name);
      if (!value.equals(ON)) {
        host.remember(host.applied().withSysctl(name, value));
        sysctls.set(name, ON);
        log.info("set sysctl {} from {} to {}", name, value, ON);
      }
    }
  }

  private static Set<String> needed(List<BridgeNetwork> networks, ProxyMode proxyMode) {
    Set<String> names = new LinkedHashSet<>();
    for (BridgeNetwork network : networks) {
      if (network.subnet(Family.IPV4).isPresent()) {
        names.add(Sysctls.IPV4_FORWARDING);
        if (proxyMode == ProxyMode.HAIRPIN) {
          names.add(Sysctls.routeLocalnet(network.bridge()));
        }
      }
      if (network.subnet(Family.IPV6).isPresent()) {
        names.add(IPV6_DEFAULT_FORWARDING);
        names.add(Sysctls.IPV6_FORWARDING);
      }
    }
    return names;
  }

  /** The families whose packets this host forwards only because we said so. */
  Set<Family> forwardedByUs() {
    AppliedRecord applied = host.applied();
    Set<Family> families = new LinkedHashSet<>();
    if (applied.sysctls().containsKey(Sysctls.IPV4_FORWARDING)) {
      families.add(Family.IPV4);
    }
    if (applied.sysctls().containsKey(Sysctls.IPV6_FORWARDING)) {
      families.add(Family.IPV6);
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
        continue;
      }
      try {
        if (sysctls.read(setting.getKey()).equals(ON)) {
          sysctls.set(setting.getKey(), setting.getValue());
          lines.add("sysctl " + setting.getKey() + " is " + setting.getValue() + " again");
        }
      } catch (FirewallException e) {
        log.debug("restore sysctl: {}", e.getMessage());
        lines.add("left alone: " + e.getMessage());
      }
    }
    return lines;
  }
}
