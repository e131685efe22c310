package dev.hairpin.agent.netns;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortBinding;
import java.util.List;

/**
 * What was found in the namespaces that publish ports.
 *
 * @param networks the bridges that lead to them
 * @param bindings in the order of the publications; the host ports are ours to hold
 * @param problems namespaces that are missing or have no usable address
 */
public record NetnsSnapshot(
    List<BridgeNetwork> networks, List<PortBinding> bindings, List<Problem> problems) {
  public NetnsSnapshot {
    networks = List.copyOf(networks);
    bindings = List.copyOf(bindings);
    problems = List.copyOf(problems);
  }
}
