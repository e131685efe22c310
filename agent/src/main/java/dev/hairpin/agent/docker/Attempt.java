package dev.hairpin.agent.docker;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortRequest;
import java.util.List;

/**
 * A container that was started at least once, on one of the networks that it was to be on. It may
 * not run any more, or never have come up.
 *
 * @param ran whether it came up
 * @param ports that were to be published
 */
public record Attempt(BridgeNetwork network, boolean ran, List<PortRequest> ports) {
  public Attempt {
    requireNonNull(network, "network");
    ports = List.copyOf(ports);
  }
}
