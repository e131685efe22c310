package dev.hairpin.agent.walk;

import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.trace.Place;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Whose rule it is, as far as the names tell that programs give to their chains and tables. */
public final class Whose {
  private static final List<Known> PROGRAMS =
      List.of(
          new Known(Owner.USER, "DOCKER-USER", "yours, in DOCKER-USER"),
          new Known(Owner.DOCKER, "DOCKER(-.*)?|docker-bridges", "Docker's"),
          new Known(Owner.HAIRPIN, "hairpin.*|HAIRPIN.*", "Hairpin's"),
          new Known(Owner.UFW, "ufw6?-.*", "ufw's; \"ufw status verbose\" shows what it allows"),
          new Known(
              Owner.FIREWALLD,
              "firewalld",
              "firewalld's; \"firewall-cmd --get-active-zones\" shows which zone the interface is in"),
          new Known(Owner.OTHER, "LIBVIRT_.*|libvirt_.*", "libvirt's"),
          new Known(Owner.OTHER, "KUBE-.*|kube-proxy", "kube-proxy's"),
          new Known(Owner.OTHER, "cali-.*", "Calico's"),
          new Known(Owner.OTHER, "CNI-.*|NETAVARK.*|netavark", "Podman's or a CNI plugin's"),
          new Known(Owner.OTHER, "f2b-.*", "fail2ban's"));

  /** Those whose rules are changed in a way of their own. */
  public enum Owner {
    HAIRPIN,
    DOCKER,
    /** A person, in the chain that is there for it. */
    USER,
    UFW,
    FIREWALLD,
    OTHER
  }

  private record Known(Owner owner, Pattern name, String text) {
    Known(Owner owner, String name, String text) {
      this(owner, Pattern.compile(name), text);
    }
  }

  private Whose() {}

  /**
   * {@code Hairpin's}, {@code ufw's; ...}, or that nothing tells.
   *
   * @param reason what is known of the rule
   */
  public static String rule(Place at, Reason reason) {
    return reason.text().isEmpty()
        ? known(at).map(Known::text).orElse("not Hairpin's, and nothing tells which program's")
        : "Hairpin's";
  }

  /**
   * Who changes it.
   *
   * @param reason what is known of the rule
   */
  public static Owner owner(Place at, Reason reason) {
    return reason.text().isEmpty()
        ? known(at).map(Known::owner).orElse(Owner.OTHER)
        : Owner.HAIRPIN;
  }

  private static Optional<Known> known(Place at) {
    String name =
        switch (at) {
          case Place.Iptables(var table, String chain) -> chain;
          case Place.Nftables(String table, String chain) -> table;
          case Place.Bridge(String table, String chain) -> table;
          case Place.Legacy(var table, String chain) -> chain;
        };
    return PROGRAMS.stream().filter(known -> known.name().matcher(name).matches()).findFirst();
  }
}
