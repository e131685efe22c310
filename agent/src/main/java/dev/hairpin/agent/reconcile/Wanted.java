package dev.hairpin.agent.reconcile;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortBinding;
import java.util.List;

/**
 * What all sources together ask for.
 *
 * @param networks Docker's, then those of namespaces; each bridge once
 * @param bindings no two want the same host port
 * @param ours those of the bindings whose host port nobody holds unless we do
 * @param problems what was asked for and can't be had
 */
record Wanted(
    List<BridgeNetwork> networks,
    List<PortBinding> bindings,
    List<PortBinding> ours,
    List<Problem> problems) {
  Wanted {
    networks = List.copyOf(networks);
    bindings = List.copyOf(bindings);
    ours = List.copyOf(ours);
    problems = List.copyOf(problems);
  }
}
