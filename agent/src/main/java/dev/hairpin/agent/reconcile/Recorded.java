package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Ruleset;
import java.util.Map;

/**
 * What an agent has written down of a host: what it serves there, and which rules it wrote for
 * that.
 *
 * @param owned by family, without their reasons, in the form that a plan takes
 */
public record Recorded(
    Standing standing, LayoutName layout, DesiredState state, Map<Family, Ruleset> owned) {
  public Recorded {
    requireNonNull(standing, "standing");
    requireNonNull(layout, "layout");
    requireNonNull(state, "state");
    owned = Map.copyOf(owned);
  }

  /** How its rules are laid out. */
  public Layout rules() {
    return switch (standing) {
      case REPLACE -> layout.layout();
      case BESIDE -> layout.beside();
    };
  }
}
