package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Rule;

/**
 * A rule that somebody else put in front of ours, and that decides over packets which ours are for.
 *
 * @param certain whether it does; otherwise that hangs on something that we don't understand
 * @param binding a publication whose packets it takes; there may be others
 */
public record Shadow(Place.Iptables at, Rule rule, boolean certain, PortBinding binding) {
  public Shadow {
    requireNonNull(at, "at");
    requireNonNull(rule, "rule");
    requireNonNull(binding, "binding");
  }

  /** {@code -A PREROUTING -j ACCEPT}. */
  public String text() {
    return "-A " + at.chain() + " " + IptablesText.line(rule);
  }
}
