package dev.hairpin.agent.docker;

import java.util.Optional;

/**
 * What is known of the default bridge beside what it says of itself.
 *
 * @param icc whether its members may talk to each other; empty to believe the bridge
 * @param masquerade whether its members call out under the host's address; empty to believe the
 *     bridge
 */
record DefaultBridge(Optional<Boolean> icc, Optional<Boolean> masquerade) {
  /** All that the bridge says of itself is so. */
  static final DefaultBridge AS_IT_SAYS = new DefaultBridge(Optional.empty(), Optional.empty());

  /**
   * The bridge of a daemon with {@code --iptables=false}. It says that it doesn't masquerade
   * whatever its user wanted (daemon_unix.go, verifyDaemonSettings), so that means nothing.
   */
  static final DefaultBridge WITHOUT_RULES = new DefaultBridge(Optional.empty(), Optional.of(true));
}
