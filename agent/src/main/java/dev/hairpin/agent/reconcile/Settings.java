package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.ProxyMode;

/**
 * What the agent's command line decides for as long as it runs.
 *
 * @param ip6tables whether IPv6 rules are written when a network has IPv6
 * @param dropForwarded whether FORWARD drops what nobody accepts once forwarding was switched on by
 *     us; dockerd's {@code --ip-forward-no-drop} is the opposite
 */
public record Settings(
    Standing standing, ProxyMode proxyMode, boolean ip6tables, boolean dropForwarded) {
  public Settings {
    requireNonNull(standing, "standing");
    requireNonNull(proxyMode, "proxyMode");
  }
}
