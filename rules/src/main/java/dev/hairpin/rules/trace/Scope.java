package dev.hairpin.rules.trace;

import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.List;
import java.util.Optional;

/** One table, as a rule in it sees it: what it can jump to. */
sealed interface Scope {
  Place place(String chain);

  Optional<List<Rule>> rules(String chain);

  Optional<InterfaceMap> map(String name);

  Optional<PortSet> portSet(String name);

  record OfIptables(Tables tables, Table table) implements Scope {
    @Override
    public Place place(String chain) {
      return new Place.Iptables(table, chain);
    }

    @Override
    public Optional<List<Rule>> rules(String chain) {
      return tables.chain(table, chain).map(Chain::rules);
    }

    @Override
    public Optional<InterfaceMap> map(String name) {
      return Optional.empty();
    }

    @Override
    public Optional<PortSet> portSet(String name) {
      return Optional.empty();
    }
  }

  record OfNftables(NftTable table) implements Scope {
    @Override
    public Place place(String chain) {
      return new Place.Nftables(table.name(), chain);
    }

    @Override
    public Optional<List<Rule>> rules(String chain) {
      return table.chain(chain).map(NftChain::rules);
    }

    @Override
    public Optional<InterfaceMap> map(String name) {
      return table.map(name);
    }

    @Override
    public Optional<PortSet> portSet(String name) {
      return table.portSet(name);
    }
  }
}
