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

/** One family's table of the {@link HairpinLayout}: its chains, in the order of a packet's way. */
final class HairpinTable {
  private static final String PUBLISHED = "published";

  private final FamilyState state;
  private final NetworkRules networks;
  private final LookUps lookUps;

  HairpinTable(FamilyState state) {
    this.state = state;
    this.networks = new NetworkRules(state);
    this.lookUps = new LookUps(state);
  }

  NftTable table() {
    return new NftTable(
        state.family(),
        HairpinLayout.TABLE,
        Stream.of(NetworkChain.values()).map(kind -> kind.jumps(state.networks())).toList(),
        new PublishedPorts(state).sets(),
        Stream.concat(chainsOfAll(), state.networks().stream().flatMap(this::chains)).toList());
  }

  private Stream<NftChain> chainsOfAll() {
    return Stream.of(
        base(
            "prerouting-raw",
            new Base(NftChain.Type.FILTER, Hook.PREROUTING, Base.RAW, Policy.ACCEPT),
            lookUps.dropFromAfar()),
        base(
            "prerouting",
            new Base(NftChain.Type.NAT, Hook.PREROUTING, Base.DSTNAT, Policy.ACCEPT),
            List.of(Jumps.arriving(PUBLISHED))),
        base(
            "output",
            new Base(NftChain.Type.NAT, Hook.OUTPUT, Base.DSTNAT, Policy.ACCEPT),
            List.of(Jumps.sentByThisHost(PUBLISHED, state))),
        NftChain.regular(PUBLISHED, lookUps.publish()),
        base(
            "forward",
            new Base(
                NftChain.Type.FILTER,
                Hook.FORWARD,
                Base.FILTER,
                state.forwardPolicy().orElse(Policy.ACCEPT)),
            List.of(
                // First, since the network that a packet goes to lets published ports be reached.
                Jumps.outOfNetworks(NetworkChain.CONFINED.map()),
                Jumps.intoNetworks(NetworkChain.INTO.map()),
                Jumps.outOfOpenNetworks(NetworkChain.OUT_OF.map()))),
        base(
            "postrouting",
            new Base(NftChain.Type.NAT, Hook.POSTROUTING, Base.SRCNAT, Policy.ACCEPT),
            List.of(
                Jumps.leavingNetworks(NetworkChain.SOURCE_OUT_OF.map()),
                Jumps.enteringNetworks(NetworkChain.SOURCE_INTO.map()))));
  }

  private static NftChain base(String name, Base base, List<Rule> rules) {
    return new NftChain(name, Optional.of(base), rules);
  }

  private Stream<NftChain> chains(BridgeNetwork network) {
    return Stream.of(NetworkChain.values())
        .filter(kind -> kind.isFor(network))
        .map(kind -> NftChain.regular(kind.chain(network), rules(kind, network)));
  }

  private List<Rule> rules(NetworkChain kind, BridgeNetwork network) {
    return switch (kind) {
      case CONFINED -> networks.outOfInternal(network);
      case INTO ->
          network.internal()
              ? networks.intoInternal(network)
              : networks.into(network, lookUps.open(network), List.of());
      case OUT_OF -> networks.outOf(network);
      case SOURCE_OUT_OF -> networks.sourceNatOut(network);
      case SOURCE_INTO ->
          Stream.concat(networks.sourceNatIn(network), lookUps.hairpin(network)).toList();
    };
  }
}
