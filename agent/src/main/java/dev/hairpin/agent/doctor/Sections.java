package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.Family;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the sections of a {@link Bundle} are called: as the commands that print them. */
final class Sections {
  static final String NFT = "nft -j list ruleset";
  static final String ADDRESSES = "ip -j -d address show";
  static final String NEIGHBOURS = "ip -j neighbour show";
  static final String SYSCTL = "sysctl";

  /** What we run. Without SCTP in its kernel, ss shows the others all the same. */
  static final String SOCKETS = "ss -H -l -n -p -t -u -S";

  /** The same without processes. To find those out, ss looks through every process there is. */
  static final String BARE_SOCKETS = "ss -H -l -n -t -u -S";

  static final String PROXIES = "ps docker-proxy";
  static final String DOCKER_VERSION = "docker version";
  static final String NETWORKS = "docker network inspect";
  static final String CONTAINERS = "docker inspect";
  static final String DAEMON_JSON = "daemon.json";
  static final String DOCKERD = "dockerd";
  static final String RECORD = "hairpin applied.json";
  static final String AGENT = "hairpin agent";

  /** Ports that the agent can't serve: on each line the port, whose it is and why, with tabs. */
  static final String REFUSED = "hairpin ps";

  static final String CONNECTIONS = "conntrack -L";

  /** What could not be looked up: on each line a section, a tab, and why. */
  static final String TROUBLES = "hairpin troubles";

  /** The file of a network namespace. */
  static final String NAMESPACE = "namespace";

  private static final String INSIDE = "inside ";

  /** A person may have run ss with other flags. */
  private static final String ANY_SOCKETS = "ss ";

  /** In the order of a bundle. */
  static final List<String> OF_HOST =
      List.of(
          saved(Family.IPV4),
          saved(Family.IPV6),
          legacySaved(Family.IPV4),
          legacySaved(Family.IPV6),
          NFT,
          ADDRESSES,
          routes(Family.IPV4),
          routes(Family.IPV6),
          NEIGHBOURS,
          SYSCTL,
          SOCKETS,
          PROXIES,
          DOCKER_VERSION,
          NETWORKS,
          CONTAINERS,
          DAEMON_JSON,
          DOCKERD,
          RECORD,
          AGENT,
          REFUSED,
          CONNECTIONS,
          TROUBLES);

  private Sections() {}

  static String saved(Family family) {
    return tool(family) + "-save";
  }

  static String legacySaved(Family family) {
    return tool(family) + "-legacy-save";
  }

  private static String tool(Family family) {
    return switch (family) {
      case IPV4 -> "iptables";
      case IPV6 -> "ip6tables";
    };
  }

  static String routes(Family family) {
    return switch (family) {
      case IPV4 -> "ip -j -4 route show table main";
      case IPV6 -> "ip -j -6 route show table main";
    };
  }

  /** A section of what a container or namespace looks like from within. */
  static String inside(String name, String section) {
    return INSIDE + name + ": " + section;
  }

  /** The container or namespace that a section is of; empty for one of the host's. */
  static Optional<String> insideOf(String section) {
    if (!section.startsWith(INSIDE)) {
      return Optional.empty();
    }
    return Stream.of(
            section.lastIndexOf(": " + ADDRESSES),
            section.lastIndexOf(": " + routes(Family.IPV4)),
            section.lastIndexOf(": " + routes(Family.IPV6)),
            section.lastIndexOf(": " + ANY_SOCKETS),
            section.lastIndexOf(": " + SYSCTL),
            section.lastIndexOf(": " + NAMESPACE))
        .filter(colon -> colon > INSIDE.length())
        .findFirst()
        .map(colon -> section.substring(INSIDE.length(), colon));
  }

  /** Whether it is the host's sockets, with whatever flags ss was run. */
  static boolean isSockets(String section) {
    return section.startsWith(ANY_SOCKETS);
  }

  /** Whether anybody reads a section of that name. */
  static boolean isKnown(String section) {
    return OF_HOST.contains(section) || isSockets(section) || insideOf(section).isPresent();
  }

  /** The section with sockets, with whatever flags ss was run. */
  static Optional<String> sockets(Bundle bundle, String prefix) {
    return bundle.sections().keySet().stream()
        .filter(name -> name.startsWith(prefix + ANY_SOCKETS))
        .findFirst();
  }
}
