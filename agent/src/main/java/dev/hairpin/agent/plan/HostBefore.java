package dev.hairpin.agent.plan;

import dev.hairpin.rules.address.Family;
import java.util.Set;

/**
 * What the engine found when it started, as far as its rules depend on it.
 *
 * @param forwarding the families that were forwarded already
 */
public record HostBefore(Set<Family> forwarding) {
  /** A host that nobody has configured. */
  public static final HostBefore FRESH = new HostBefore(Set.of());

  public HostBefore {
    forwarding = Set.copyOf(forwarding);
  }
}
