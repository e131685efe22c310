package dev.hairpin.rules.iptables;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.netfilter.Policy;
import java.util.Optional;

/** The policy of FORWARD that is ours to set. */
final class ForwardPolicy {
  private ForwardPolicy() {}

  /** A host that forwards only because of us must not forward for anybody else. */
  static Optional<Policy> of(DesiredState state, Family family) {
    return state.options().dropForwarded().contains(family)
        ? Optional.of(Policy.DROP)
        : Optional.empty();
  }
}
