package dev.hairpin.agent.walk;

import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.trace.Place;
import java.util.List;
import java.util.regex.Pattern;

/** Whose rule it is, as far as the names tell that programs give to their chains and tables. */
public final class Whose {
  private static final List<Known> PROGRAMS =
      List.of(
          new Known("DOCKER-USER", "yours, in DOCKER-USER"),
          new Known("DOCKER(-.*)?|docker-bridges", "Docker's"),
          new Known("hairpin.*|HAIRPIN.*", "Hairpin's"),
          new Known("ufw6?-.*", "ufw's; \"ufw status verbose\" shows what it allows"),
          new Known(
              "firewalld",
              "firewalld's; \"firewall-cmd --get-active-zones\" shows which zone the interface is in"),
          new Known("LIBVIRT_.*|libvirt_.*", "libvirt's"),
          new Known("KUBE-.*|kube-proxy", "kube-proxy's"),
          new Known("cali-.*", "Calico's"),
          new Known("CNI-.*|NETAVARK.*|netavark", "Podman's or a CNI plugin's"),
          new Known("f2b-.*", "fail2ban's"));

  private record Known(Pattern name, String owner) {
    Known(String name, String owner) {
      this(Pattern.compile(name), owner);
    }
  }

  private Whose() {}

  /**
   * {@code Hairpin's}, {@code ufw's; ...}, or that nothing tells.
   *
   * @param reason what is known of the rule
   */
  public static String rule(Place at, Reason reason) {
    if (!reason.text().isEmpty()) {
      return "Hairpin's";
    }
    String name =
        switch (at) {
          case Place.Iptables(var table, String chain) -> chain;
          case Place.Nftables(String table, String chain) -> table;
          case Place.Bridge(String table, String chain) -> table;
          case Place.Legacy(var table, String chain) -> chain;
        };
    return PROGRAMS.stream()
        .filter(known -> known.name().matcher(name).matches())
        .map(Known::owner)
        .findFirst()
        .orElse("not Hairpin's, and nothing tells which program's");
  }
}
