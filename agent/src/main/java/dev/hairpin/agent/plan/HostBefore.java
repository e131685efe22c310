package dev.hairpin.agent.plan;

import com.google.common.base.Splitter;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.UserText;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the engine found when it started, as far as its rules depend on it.
 *
 * @param forwarding the families that were forwarded already
 */
public record HostBefore(Set<Family> forwarding) {
  /** A host that nobody has configured. */
  public static final HostBefore FRESH = new HostBefore(Set.of());

  private static final String IPV4 = "net.ipv4.ip_forward";
  private static final String IPV6_ALL = "net.ipv6.conf.all.forwarding";
  private static final String IPV6_DEFAULT = "net.ipv6.conf.default.forwarding";

  public HostBefore {
    forwarding = Set.copyOf(forwarding);
  }

  /**
   * A host with these settings, and otherwise fresh.
   *
   * @param sysctls {@code net.ipv4.ip_forward=1}, as sysctl writes it. Setting IPv6 for all
   *     interfaces also sets the default, as the kernel does
   * @throws IllegalArgumentException if it is none that rules depend on
   */
  public static HostBefore with(Collection<String> sysctls) {
    Map<String, Boolean> on = new HashMap<>();
    for (String sysctl : sysctls) {
      List<String> parts = Splitter.on('=').trimResults().limit(2).splitToList(sysctl);
      boolean known = List.of(IPV4, IPV6_ALL, IPV6_DEFAULT).contains(parts.getFirst());
      if (!known || !List.of("0", "1").contains(parts.getLast())) {
        throw new IllegalArgumentException(
            "sysctl "
                + UserText.quoted(sysctl)
                + " is none that rules depend on; write "
                + IPV4
                + "=1 or "
                + IPV6_ALL
                + "=1");
      }
      on.put(parts.getFirst(), parts.getLast().equals("1"));
    }
    Set<Family> forwarding = EnumSet.noneOf(Family.class);
    if (on.getOrDefault(IPV4, false)) {
      forwarding.add(Family.IPV4);
    }
    boolean all = on.getOrDefault(IPV6_ALL, false);
    if (all && on.getOrDefault(IPV6_DEFAULT, true)) {
      forwarding.add(Family.IPV6);
    }
    return new HostBefore(forwarding);
  }
}
