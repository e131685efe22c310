package dev.hairpin.agent.reconcile;

import dev.hairpin.rules.layouts.LayoutName;

/**
 * What the engines of a layout do to a host around their rules. Each takes it from moby's sources
 * of its time (libnetwork/drivers/bridge: setup_ip_forwarding.go, setup_bridgenetfiltering.go,
 * setup_ip_tables.go).
 *
 * @param switchesForwardingOn or only looks whether somebody did
 * @param dropsIpv6 gives IPv6's FORWARD the policy DROP also where forwarding was on before
 * @param filtersBridgesWithoutProxy has bridged packets meet the rules where there is no userland
 *     proxy, so that members of one network reach each other's published ports
 * @param writesBothFamilies makes its chains also for a family that no network uses
 * @param leavesPolicyToUser accepts packets in tables of its own, which is in vain where FORWARD in
 *     iptables drops what nobody accepts there; the engine says so, and does no more
 */
record EngineHabits(
    boolean switchesForwardingOn,
    boolean dropsIpv6,
    boolean filtersBridgesWithoutProxy,
    boolean writesBothFamilies,
    boolean leavesPolicyToUser) {
  static EngineHabits of(Settings settings) {
    return switch (settings.standing()) {
      case REPLACE -> of(settings.layout());
      case BESIDE -> new EngineHabits(true, false, false, false, false);
    };
  }

  private static EngineHabits of(LayoutName layout) {
    return switch (layout) {
      case DOCKER20 -> new EngineHabits(true, true, false, false, false);
      case DOCKER28, DOCKER29 -> new EngineHabits(true, false, true, true, false);
      case DOCKER29_NFT -> new EngineHabits(false, false, true, true, true);
      // Covers members that reach each other's ports, so bridged packets may go unseen.
      case HAIRPIN -> new EngineHabits(true, false, false, true, true);
    };
  }
}
