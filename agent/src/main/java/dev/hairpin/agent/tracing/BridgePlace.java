package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.trace.Place;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * A place on the way through a bridge where ebtables has a chain (NF_BR_PRI_* in
 * linux/netfilter_bridge.h). The kernel has no chain there until somebody makes one, so a table
 * that has packets traced brings its own, which does nothing: the packet is seen there.
 *
 * <p>br_netfilter has iptables asked at 0 in {@code prerouting} and just before 0 in {@code
 * forward}, and at the very end of {@code postrouting}.
 */
enum BridgePlace {
  BROUTE_BROUTING(Hook.PREROUTING, Integer.MIN_VALUE),
  NAT_PREROUTING(Hook.PREROUTING, -300),
  FILTER_INPUT(Hook.INPUT, -200),
  FILTER_FORWARD(Hook.FORWARD, -200),
  NAT_OUTPUT(Hook.OUTPUT, 100),
  FILTER_OUTPUT(Hook.OUTPUT, 200),
  NAT_POSTROUTING(Hook.POSTROUTING, 300);

  private final Hook hook;
  private final int priority;

  BridgePlace(Hook hook, int priority) {
    this.hook = requireNonNull(hook, "hook");
    this.priority = priority;
  }

  Hook hook() {
    return hook;
  }

  int priority() {
    return priority;
  }

  /** What ebtables calls it. */
  Place.Bridge ofEbtables() {
    String[] words = name().split("_", 2);
    return new Place.Bridge(words[0].toLowerCase(Locale.ROOT), words[1]);
  }

  /** Our chain there: {@code nat-PREROUTING}. */
  String chain() {
    Place.Bridge place = ofEbtables();
    return place.table() + "-" + place.chain();
  }

  /** The one with our chain of that name. */
  static Optional<BridgePlace> of(String chain) {
    return Arrays.stream(values()).filter(place -> place.chain().equals(chain)).findFirst();
  }
}
