package dev.hairpin.rules.binding;

import java.util.Locale;
import java.util.Optional;

/**
 * How a network's members are reached from outside, separately for each family ({@code
 * com.docker.network.bridge.gateway_mode_ipv4} and {@code _ipv6}; moby from 27.0 on, the last two
 * from 28.0 on).
 */
public enum GatewayMode {
  /** Only through published ports; what members send leaves under the host's address. */
  NAT,
  /** As {@link #NAT}, and by the members' own addresses on all ports, published or not. */
  NAT_UNPROTECTED,
  /** By the members' own addresses, on published ports only; nothing is translated. */
  ROUTED,
  /** Not at all, and the bridge has no address. For internal networks. */
  ISOLATED;

  /** As Docker writes it: {@code nat-unprotected}. */
  public String keyword() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<GatewayMode> of(String keyword) {
    for (GatewayMode mode : values()) {
      if (mode.keyword().equals(keyword)) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }

  /** Whether host ports are translated to members' ports. */
  public boolean translates() {
    return switch (this) {
      case NAT, NAT_UNPROTECTED -> true;
      case ROUTED, ISOLATED -> false;
    };
  }
}
