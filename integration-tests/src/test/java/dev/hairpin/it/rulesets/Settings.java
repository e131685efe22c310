package dev.hairpin.it.rulesets;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.trace.Host;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * What the host is set to.
 *
 * @param forwards whether it passes on packets for others
 * @param letsLoopbackPass whether br1 takes packets from and to 127.0.0.0/8
 * @param bridgedMeetRules whether packets from port to port of a bridge do
 */
record Settings(boolean forwards, boolean letsLoopbackPass, boolean bridgedMeetRules) {
  static Arbitrary<Settings> any() {
    return Combinators.combine(
            Arbitraries.of(true, true, true, true, true, true, true, false),
            Arbitraries.of(false, true),
            Arbitraries.of(true, true, false))
        .as(Settings::new);
  }

  /** Brings them about in the network namespace of the calling thread. */
  void set(Sysctls sysctls) throws FirewallException {
    sysctls.set(Sysctls.IPV4_FORWARDING, number(forwards));
    sysctls.set(Sysctls.IPV6_FORWARDING, number(forwards));
    sysctls.set(Sysctls.routeLocalnet("br1"), number(letsLoopbackPass));
    for (Family family : Family.values()) {
      sysctls.set(Sysctls.bridgeFilter(family), number(bridgedMeetRules));
    }
  }

  private static String number(boolean on) {
    return on ? "1" : "0";
  }

  /** A host with these settings. */
  Host of(Host host) {
    return host.withForwarding(forwards ? Set.of(Family.values()) : Set.of())
        .withLoopbackPassing(letsLoopbackPass ? Set.of("br1") : Set.of())
        .withBridgedMeetingRules(bridgedMeetRules);
  }
}
