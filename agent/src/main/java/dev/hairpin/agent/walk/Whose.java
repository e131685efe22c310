package dev.hairpin.agent.walk;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.trace.Place;
import java.util.stream.Stream;

/** Whose rule it is, as far as the names tell that programs give to their chains and tables. */
public enum Whose {
  /** A person's, in the chain that is there for it. */
  USER("DOCKER-USER"),
  DOCKER("DOCKER(-.*)?|docker-bridges"),
  HAIRPIN("hairpin.*|HAIRPIN.*"),
  UFW("ufw6?-.*"),
  FIREWALLD("firewalld"),
  LIBVIRT("LIBVIRT_.*|libvirt_.*"),
  KUBE_PROXY("KUBE-.*|kube-proxy"),
  CALICO("cali-.*"),
  /** Podman's, or a CNI plugin's. */
  CONTAINER_NETWORKS("CNI-.*|NETAVARK.*|netavark"),
  FAIL2BAN("f2b-.*"),
  /** Not Hairpin's, and no name tells whose. */
  UNKNOWN("");

  /** A regular expression. */
  private final String name;

  Whose(String name) {
    this.name = requireNonNull(name, "name");
  }

  /**
   * Whose it is.
   *
   * @param reason what is known of the rule; only Hairpin gives one
   */
  public static Whose of(Place at, Reason reason) {
    return reason.text().isEmpty() ? of(at) : HAIRPIN;
  }

  private static Whose of(Place at) {
    String name =
        switch (at) {
          case Place.Iptables(var table, String chain) -> chain;
          case Place.Nftables(String table, String chain) -> table;
          case Place.Bridge(String table, String chain) -> table;
          case Place.Legacy(var table, String chain) -> chain;
        };
    return Stream.of(values())
        .filter(known -> name.matches(known.name))
        .findFirst()
        .orElse(UNKNOWN);
  }
}
