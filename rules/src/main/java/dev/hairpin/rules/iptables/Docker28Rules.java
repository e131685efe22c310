package dev.hairpin.rules.iptables;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is 28's own: a packet that leaves one network for another is dropped, published or not. So
 * members reach what is published from other networks through the proxy, or not at all.
 */
final class Docker28Rules extends DockerForwardRules {
  private static final String STAGE_1 = "DOCKER-ISOLATION-STAGE-1";
  private static final String STAGE_2 = "DOCKER-ISOLATION-STAGE-2";
  private static final String REACHED = "on ports that are published or unprotected";

  Docker28Rules(DesiredState state, Family family) {
    super(state, family);
  }

  @Override
  List<Chain> isolation() {
    return List.of(
        Chain.regular(Table.FILTER, STAGE_1, leavingNetworks()),
        Chain.regular(Table.FILTER, STAGE_2, enteringNetworks()));
  }

  @Override
  Rule isolate() {
    return Jumps.always(STAGE_1, "without it, nothing keeps the networks apart");
  }

  /** {@code --bridge-accept-fwmark} came with 29. */
  @Override
  Stream<Rule> admitFirst() {
    return Stream.empty();
  }

  /** Exceptions are put at the head of the chain, so those of the newest network come first. */
  private List<Rule> leavingNetworks() {
    return Stream.concat(
            state.networks().reversed().stream().flatMap(this::exceptions),
            state.openNetworks().stream()
                .map(network -> IsolationRules.leavingNetwork(network, STAGE_2, REACHED)))
        .toList();
  }

  private Stream<Rule> exceptions(BridgeNetwork network) {
    if (network.internal()) {
      return network.subnet(family).stream()
          .flatMap(subnet -> IsolationRules.closeInternal(network, subnet).stream());
    }
    return isRouted(network)
        ? Stream.of(IsolationRules.repliesOfRouted(network), IsolationRules.enteringRouted(network))
        : Stream.empty();
  }

  private List<Rule> enteringNetworks() {
    return state.openNetworks().reversed().stream()
        .map(network ->
            isRouted(network)
                ? IsolationRules.enteringRoutedInVain(network)
                : IsolationRules.enteringNetwork(network, REACHED))
        .toList();
  }

  private boolean isRouted(BridgeNetwork network) {
    return network.gatewayMode(family) == GatewayMode.ROUTED;
  }

  /** Routed networks too, although nothing is DNATed to them. */
  @Override
  Stream<Rule> leaveToProxy() {
    return NetworkRules.leaveToProxy(
        state.options().proxyMode(),
        state.openNetworks().reversed().stream().filter(BridgeNetwork::masquerade));
  }
}
