package dev.hairpin.rules.nftables;

import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftChain.Base;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One family's table {@code hairpin} beside a dockerd's rules: the {@link HairpinTable}'s look-ups
 * without its filter, as it is dockerd's rules that drop. It translates behind all others: who
 * published a port first keeps it, and what is translated here is known to be ours.
 */
public final class BesideTable {
  private static final String PUBLISHED = "published";
  private static final List<NetworkChain> OF_NETWORKS =
      List.of(NetworkChain.SOURCE_OUT_OF, NetworkChain.SOURCE_INTO);

  private final FamilyState state;
  private final NetworkRules networks;
  private final LookUps lookUps;

  private BesideTable(FamilyState state) {
    this.state = state;
    this.networks = new NetworkRules(state);
    this.lookUps = new LookUps(state);
  }

  public static NftTable of(FamilyState state) {
    return new BesideTable(state).table();
  }

  private NftTable table() {
    return new NftTable(
        state.family(),
        HairpinLayout.TABLE,
        OF_NETWORKS.stream().map(kind -> kind.jumps(state.networks())).toList(),
        new PublishedPorts(state).setsOfHostPorts(),
        Stream.concat(chainsOfAll(), state.openNetworks().stream().flatMap(this::chains)).toList());
  }

  private Stream<NftChain> chainsOfAll() {
    return Stream.of(
        new NftChain(
            "prerouting-raw",
            Optional.of(new Base(NftChain.Type.FILTER, Hook.PREROUTING, Base.RAW, Policy.ACCEPT)),
            lookUps.dropFromAfar()),
        last(
            "prerouting",
            Hook.PREROUTING,
            List.of(Jumps.arrivingByNetwork(PUBLISHED, state.family()))),
        last("output", Hook.OUTPUT, List.of(Jumps.sentToRoutable(PUBLISHED, state))),
        NftChain.regular(PUBLISHED, lookUps.publishLabelled()),
        last(
            "postrouting",
            Hook.POSTROUTING,
            List.of(
                Jumps.leavingNetworks(NetworkChain.SOURCE_OUT_OF.map()),
                Jumps.enteringNetworks(NetworkChain.SOURCE_INTO.map()))));
  }

  private static NftChain last(String name, Hook hook, List<Rule> rules) {
    Base base = new Base(NftChain.Type.NAT, hook, Base.LAST, Policy.ACCEPT);
    return new NftChain(name, Optional.of(base), rules);
  }

  private Stream<NftChain> chains(BridgeNetwork network) {
    return Stream.of(
        NftChain.regular(NetworkChain.SOURCE_OUT_OF.chain(network), networks.sourceNatOut(network)),
        NftChain.regular(
            NetworkChain.SOURCE_INTO.chain(network),
            Stream.concat(networks.sourceNatIn(network), lookUps.hairpinLabelled(network))
                .toList()));
  }
}
