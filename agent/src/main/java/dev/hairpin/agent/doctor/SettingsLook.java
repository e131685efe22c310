package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Looks up the kernel's settings that decide on packets of published ports: those of the calling
 * thread's namespace.
 */
final class SettingsLook {
  private static final List<String> OF_HOST =
      List.of(
          Sysctls.IPV4_FORWARDING,
          Sysctls.IPV6_FORWARDING,
          Sysctls.bridgeFilter(Family.IPV4),
          Sysctls.bridgeFilter(Family.IPV6),
          "net/netfilter/nf_conntrack_count",
          "net/netfilter/nf_conntrack_max");

  private static final String INTERFACES = "net/ipv4/conf";

  private static final List<String> OF_INTERFACE = List.of("route_localnet", "rp_filter");

  private SettingsLook() {}

  /**
   * Those of the host.
   *
   * @param root {@code /proc/sys}
   */
  static void ofHost(Path root, Collected collected) {
    look(root, OF_HOST, Sections.SYSCTL, collected);
  }

  /** Those of a container or namespace. */
  static void inside(Path root, String section, Collected collected) {
    look(root, List.of(), section, collected);
  }

  private static void look(Path root, List<String> more, String section, Collected collected) {
    Sysctls sysctls = new Sysctls(root);
    Map<String, String> settings = new HashMap<>();
    try {
      List<String> names = new ArrayList<>(more);
      names.addAll(ofInterfaces(root));
      for (String name : names) {
        if (sysctls.has(name)) {
          settings.put(Surveyed.dotted(name), sysctls.read(name));
        }
      }
    } catch (IOException e) {
      collected.trouble(section, "list interfaces under " + root + ": " + e.getMessage());
    } catch (FirewallException e) {
      collected.trouble(section, e.getMessage());
    }
    collected.put(section, SysctlText.print(settings));
  }

  private static List<String> ofInterfaces(Path root) throws IOException {
    try (Stream<Path> interfaces = Files.list(root.resolve(INTERFACES))) {
      return interfaces
          .flatMap(each ->
              OF_INTERFACE.stream()
                  .map(setting -> INTERFACES + "/" + each.getFileName() + "/" + setting))
          .toList();
    }
  }
}
