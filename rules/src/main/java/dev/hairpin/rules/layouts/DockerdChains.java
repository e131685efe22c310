package dev.hairpin.rules.layouts;

import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Table;
import java.util.Set;

/**
 * The names of dockerd's chains, of all generations. DOCKER-USER is not among them, which is the
 * user's, nor are those of swarm's ingress network, which we don't serve.
 */
final class DockerdChains {
  static final String DOCKER = "DOCKER";

  /** From 28.0.1 on: what FORWARD jumps to. */
  static final String FORWARD = "DOCKER-FORWARD";

  static final String BRIDGE = "DOCKER-BRIDGE";
  static final String CT = "DOCKER-CT";

  /** From 29 on. */
  static final String INTERNAL = "DOCKER-INTERNAL";

  /** Up to 28. */
  static final String STAGE_1 = "DOCKER-ISOLATION-STAGE-1";

  static final String STAGE_2 = "DOCKER-ISOLATION-STAGE-2";

  /** The table of 29's nftables backend, one for each family. */
  static final String NFT_TABLE = "docker-bridges";

  private static final Set<String> IN_FILTER =
      Set.of(DOCKER, FORWARD, BRIDGE, CT, INTERNAL, STAGE_1, STAGE_2);

  private DockerdChains() {}

  static boolean isDockerds(Chain chain) {
    return isDockerds(chain.table(), chain.name());
  }

  static boolean isDockerds(Table table, String name) {
    return switch (table) {
      case FILTER -> IN_FILTER.contains(name);
      case NAT -> name.equals(DOCKER);
      case RAW, MANGLE, SECURITY -> false;
    };
  }
}
