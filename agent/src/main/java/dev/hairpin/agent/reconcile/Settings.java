package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.Optional;
import java.util.Set;

/**
 * What the agent's command line decides for as long as it runs.
 *
 * @param layout whose rules to write; beside a dockerd that writes its own, with which tools
 * @param ip6tables whether IPv6 rules are written when a network has IPv6
 * @param directRouting whether containers may be addressed directly ({@code
 *     --allow-direct-routing})
 * @param rawTable whether the raw table may be used (not with {@code
 *     DOCKER_INSECURE_NO_IPTABLES_RAW=1})
 * @param acceptMark packets with this mark pass into every bridge ({@code --bridge-accept-fwmark})
 * @param bridgeFilterNeeded whether it is a problem when bridged packets can't be filtered (not
 *     with {@code DOCKER_IGNORE_BR_NETFILTER_ERROR=1})
 */
public record Settings(
    Standing standing,
    LayoutName layout,
    ProxyMode proxyMode,
    boolean ip6tables,
    Forwarding forwarding,
    boolean directRouting,
    boolean rawTable,
    Optional<PacketMark> acceptMark,
    boolean bridgeFilterNeeded) {
  public Settings {
    requireNonNull(standing, "standing");
    requireNonNull(layout, "layout");
    requireNonNull(proxyMode, "proxyMode");
    requireNonNull(forwarding, "forwarding");
    requireNonNull(acceptMark, "acceptMark");
  }

  /** dockerd's defaults. */
  public static Settings of(Standing standing, LayoutName layout, ProxyMode proxyMode) {
    return new Settings(
        standing,
        layout,
        proxyMode,
        true,
        Forwarding.ON_AND_DROP_OTHERS,
        false,
        true,
        Optional.empty(),
        true);
  }

  /**
   * Whether tables of nftables' are to be ours alone. dockerd writes to the one of its own layout,
   * too, as soon as it is told to.
   */
  public boolean ownTables() {
    return standing == Standing.REPLACE
        && switch (layout) {
          case DOCKER20, DOCKER28, DOCKER29, DOCKER29_NFT -> false;
          case HAIRPIN -> true;
        };
  }

  /** Whether our connections are told from others' by a label. */
  boolean labelsConnections() {
    return labelsConnections(standing, layout);
  }

  static boolean labelsConnections(Standing standing, LayoutName layout) {
    return standing == Standing.BESIDE && layout.labelsBeside();
  }

  /** The same for the rules. */
  FirewallOptions firewallOptions(
      Set<Family> families, Set<Family> dropForwarded, Set<Family> userChains) {
    return new FirewallOptions(
        proxyMode, families, dropForwarded, userChains, directRouting, rawTable, acceptMark);
  }
}
