package dev.hairpin.rules.nftables;

import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One family's table, line for line as 29.7.2 leaves it: the chains of all packets in the order of
 * their names, then those of each network in the order of its creation.
 */
final class DockerBridges {
  private static final String PUBLISHED = "nat-prerouting-and-output";

  /** The chains that each network has, and the maps that lead to them. */
  private enum PerNetwork {
    FILTER_FORWARD_IN("filter-forward-in"),
    FILTER_FORWARD_OUT("filter-forward-out"),
    NAT_POSTROUTING_IN("nat-postrouting-in"),
    NAT_POSTROUTING_OUT("nat-postrouting-out");

    private final String prefix;

    PerNetwork(String prefix) {
      this.prefix = prefix;
    }

    String map() {
      return prefix + "-jumps";
    }

    String chain(BridgeNetwork network) {
      return prefix + "__" + Names.partOfIdentifier(network.bridge());
    }
  }

  private final FamilyState state;
  private final NetworkRules rules;
  private final PortRules ports;

  DockerBridges(FamilyState state) {
    this.state = state;
    this.rules = new NetworkRules(state);
    this.ports = new PortRules(state);
  }

  NftTable table() {
    return new NftTable(
        state.family(),
        Docker29NftLayout.TABLE,
        Stream.of(PerNetwork.values()).map(this::jumps).toList(),
        Stream.concat(chainsOfAll(), state.networks().stream().flatMap(this::chains)).toList());
  }

  private InterfaceMap jumps(PerNetwork kind) {
    TreeMap<String, String> jumps = new TreeMap<>();
    state.networks().forEach(network -> jumps.put(network.bridge(), kind.chain(network)));
    return new InterfaceMap(kind.map(), jumps);
  }

  private Stream<NftChain> chainsOfAll() {
    return Stream.of(
        base(
            "filter-FORWARD",
            new NftChain.Base(
                NftChain.Type.FILTER, Hook.FORWARD, NftChain.Base.FILTER, Policy.ACCEPT),
            List.of(
                Jumps.intoNetworks(PerNetwork.FILTER_FORWARD_IN.map()),
                Jumps.outOfNetworks(PerNetwork.FILTER_FORWARD_OUT.map()))),
        base(
            "nat-OUTPUT",
            new NftChain.Base(NftChain.Type.NAT, Hook.OUTPUT, NftChain.Base.DSTNAT, Policy.ACCEPT),
            List.of(Jumps.sentByThisHost(PUBLISHED, state))),
        base(
            "nat-POSTROUTING",
            new NftChain.Base(
                NftChain.Type.NAT, Hook.POSTROUTING, NftChain.Base.SRCNAT, Policy.ACCEPT),
            List.of(
                Jumps.leavingNetworks(PerNetwork.NAT_POSTROUTING_OUT.map()),
                Jumps.enteringNetworks(PerNetwork.NAT_POSTROUTING_IN.map()))),
        base(
            "nat-PREROUTING",
            new NftChain.Base(
                NftChain.Type.NAT, Hook.PREROUTING, NftChain.Base.DSTNAT, Policy.ACCEPT),
            List.of(Jumps.arriving(PUBLISHED))),
        NftChain.regular(PUBLISHED, ports.publish()),
        base(
            "raw-PREROUTING",
            new NftChain.Base(
                NftChain.Type.FILTER, Hook.PREROUTING, NftChain.Base.RAW, Policy.ACCEPT),
            new RawRules(state).rules()));
  }

  private static NftChain base(String name, NftChain.Base base, List<Rule> rules) {
    return new NftChain(name, Optional.of(base), rules);
  }

  private Stream<NftChain> chains(BridgeNetwork network) {
    return Stream.of(
        NftChain.regular(
            PerNetwork.FILTER_FORWARD_IN.chain(network),
            network.internal()
                ? rules.intoInternal(network)
                : rules.into(network, List.of(), ports.open(network))),
        NftChain.regular(
            PerNetwork.FILTER_FORWARD_OUT.chain(network),
            network.internal() ? rules.outOfInternal(network) : rules.outOf(network)),
        NftChain.regular(
            PerNetwork.NAT_POSTROUTING_IN.chain(network),
            Stream.concat(rules.sourceNatIn(network), ports.hairpin(network)).toList()),
        NftChain.regular(
            PerNetwork.NAT_POSTROUTING_OUT.chain(network), rules.sourceNatOut(network)));
  }
}
