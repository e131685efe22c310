package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import java.util.Optional;
import java.util.Set;

/**
 * What the daemon's own options say about its rules.
 *
 * @param families whose tables are written; the other family's are left alone
 * @param dropForwarded families whose forwarding was switched on for us, so that what nobody
 *     accepts must be dropped
 * @param userChains families that get a DOCKER-USER; dockerd 20.10 makes none for IPv6
 * @param directRouting whether members may be addressed directly ({@code --allow-direct-routing},
 *     moby from 28.2 on)
 * @param rawTable whether the raw table may be used; not with {@code
 *     DOCKER_INSECURE_NO_IPTABLES_RAW=1}
 * @param acceptMark packets with this mark pass into every bridge ({@code --bridge-accept-fwmark},
 *     moby from 29.0 on)
 */
public record FirewallOptions(
    ProxyMode proxyMode,
    Set<Family> families,
    Set<Family> dropForwarded,
    Set<Family> userChains,
    boolean directRouting,
    boolean rawTable,
    Optional<PacketMark> acceptMark) {
  public FirewallOptions {
    requireNonNull(proxyMode, "proxyMode");
    families = Set.copyOf(families);
    dropForwarded = Set.copyOf(dropForwarded);
    userChains = Set.copyOf(userChains);
    requireNonNull(acceptMark, "acceptMark");
  }

  /** dockerd's defaults. */
  public static FirewallOptions of(
      ProxyMode proxyMode, Set<Family> families, Set<Family> dropForwarded) {
    return new FirewallOptions(
        proxyMode, families, dropForwarded, Set.of(Family.values()), false, true, Optional.empty());
  }

  public FirewallOptions withUserChains(Set<Family> wanted) {
    return new FirewallOptions(
        proxyMode, families, dropForwarded, wanted, directRouting, rawTable, acceptMark);
  }
}
