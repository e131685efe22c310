package dev.hairpin.rules.iptables;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is 29's own: only internal networks are cut off, and members of the others are DNATed to
 * what other networks publish, as anybody is.
 */
final class Docker29Rules extends DockerForwardRules {
  private static final String INTERNAL = "DOCKER-INTERNAL";

  Docker29Rules(DesiredState state, Family family) {
    super(state, family);
  }

  @Override
  List<Chain> isolation() {
    return List.of(
        Chain.regular(
            Table.FILTER,
            INTERNAL,
            state.networks().reversed().stream()
                .filter(BridgeNetwork::internal)
                .flatMap(network ->
                    IsolationRules.closeInternal(network, network.subnet(family).orElseThrow())
                        .stream())
                .toList()));
  }

  @Override
  Rule isolate() {
    return Jumps.always(INTERNAL, "without it, packets enter and leave internal networks");
  }

  /**
   * The one rule for {@code --bridge-accept-fwmark}, while there is a network to pass into. dockerd
   * deletes it for all networks as soon as any of them is removed; that isn't copied.
   */
  @Override
  Stream<Rule> admitFirst() {
    return state.openNetworks().isEmpty()
        ? Stream.empty()
        : state.options().acceptMark().stream().map(NetworkRules::admitMarked);
  }

  @Override
  Stream<Rule> leaveToProxy() {
    return Stream.empty();
  }
}
