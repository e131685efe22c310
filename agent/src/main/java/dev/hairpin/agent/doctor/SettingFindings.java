package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.Family;
import java.util.List;
import java.util.Map;

/** Findings about settings of the kernel. */
final class SettingFindings {
  private final Map<String, String> sysctls;

  /**
   * @param sysctls as they are, by name with dots only
   */
  SettingFindings(Map<String, String> sysctls) {
    this.sysctls = sysctls;
  }

  Finding forwarding(Cure.Forward forward, List<Way> ways) {
    String setting =
        switch (forward.family()) {
          case IPV4 -> "net.ipv4.ip_forward";
          case IPV6 -> "net.ipv6.conf.all.forwarding";
        };
    return setting(Code.FORWARDING_OFF, ways, setting, Remedies.sysctl(setting));
  }

  Finding loopback(Cure.PassLoopback pass, List<Way> ways) {
    return setting(
        Code.ROUTE_LOCALNET_OFF,
        ways,
        "net.ipv4.conf." + pass.bridge() + ".route_localnet",
        // Or sysctl takes a dot of the name for one between names.
        Remedies.sysctl("net.ipv4.conf." + pass.bridge().replace('.', '/') + ".route_localnet"));
  }

  /** The setting is there only while the module is, and is 1 then. */
  Finding bridged(Cure.FilterBridged filter, List<Way> ways) {
    String setting = name(filter.family());
    boolean isModuleGone = !sysctls.isEmpty() && !sysctls.containsKey(setting);
    return setting(
        Code.BRIDGE_FILTER_OFF,
        ways,
        setting,
        isModuleGone ? Remedies.safely("modprobe", "br_netfilter") : Remedies.sysctl(setting));
  }

  private static String name(Family family) {
    return switch (family) {
      case IPV4 -> "net.bridge.bridge-nf-call-iptables";
      case IPV6 -> "net.bridge.bridge-nf-call-ip6tables";
    };
  }

  private Finding setting(Code code, List<Way> ways, String setting, Remedy remedy) {
    return Finding.of(
        code,
        ways,
        List.of(setting),
        List.of(setting + " = " + sysctls.getOrDefault(setting, "0")),
        List.of(remedy));
  }
}
