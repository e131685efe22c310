package dev.hairpin.rules.plan;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * nftables' own tables on which changes are tried, with the kernel's rules about what is possible.
 * What is new is listed last.
 */
final class NftWorkingCopy {
  private final Family family;
  private final Map<String, Content> tables = new LinkedHashMap<>();

  NftWorkingCopy(Tables tables) {
    this.family = tables.family();
    tables.nftTables().forEach(table -> this.tables.put(table.name(), new Content(table)));
  }

  List<NftTable> tables() {
    return tables.values().stream().map(content -> content.table(family)).toList();
  }

  /** Declares every chain before it fills or deletes any, as a script does. */
  void apply(List<NftChange> changes) {
    changes.forEach(this::declare);
    changes.forEach(this::apply);
    tables.values().forEach(Content::requireTargets);
  }

  private void declare(NftChange change) {
    switch (change) {
      case NftChange.WriteChain(String table, NftChain chain) -> content(table).declare(chain);
      case NftChange.DeleteChain(String table, String chain) ->
          content(table).chain(chain).rules().clear();
      case NftChange other -> {}
    }
  }

  private void apply(NftChange change) {
    switch (change) {
      case NftChange.WriteTable(NftTable table) -> {
        tables.remove(table.name());
        tables.put(table.name(), new Content(table));
      }
      case NftChange.ClaimTable(String table) -> content(table).claim();
      case NftChange.DeleteTable(String table) -> {
        content(table);
        tables.remove(table);
      }
      case NftChange.WriteChain(String table, NftChain chain) ->
          content(table).chain(chain.name()).rules().addAll(chain.rules());
      case NftChange.DeleteChain(String table, String chain) -> content(table).delete(chain);
      case NftChange.AddJump(String table, String map, String interfaceName, String chain) ->
          content(table).addJump(map, interfaceName, chain);
      case NftChange.DeleteJump(String table, String map, String interfaceName) ->
          content(table).deleteJump(map, interfaceName);
      case NftChange.AddPorts(String table, String set, List<PortSet.Element> elements) ->
          content(table).addPorts(set, elements);
      case NftChange.DeletePorts(String table, String set, List<PortSet.Element> elements) ->
          content(table).deletePorts(set, elements);
    }
  }

  private Content content(String table) {
    return Optional.ofNullable(tables.get(table))
        .orElseThrow(() -> new IllegalStateException("there is no table \"" + table + "\""));
  }

  private record Rules(Optional<NftChain.Base> base, List<Rule> rules) {}

  /** One table. */
  private static final class Content {
    private final NftTable original;
    private Set<NftTable.Flag> flags;
    private final Map<String, TreeMap<String, String>> maps = new LinkedHashMap<>();
    private final Map<String, PortSet> portSets = new LinkedHashMap<>();
    private final Map<String, Rules> chains = new LinkedHashMap<>();

    Content(NftTable table) {
      this.original = table;
      this.flags = table.flags();
      table.maps().forEach(map -> maps.put(map.name(), new TreeMap<>(map.jumps())));
      table.portSets().forEach(set -> portSets.put(set.name(), set));
      table
          .chains()
          .forEach(chain ->
              chains.put(chain.name(), new Rules(chain.base(), new ArrayList<>(chain.rules()))));
    }

    NftTable table(Family family) {
      List<InterfaceMap> allMaps = new ArrayList<>();
      maps.forEach((name, jumps) -> allMaps.add(new InterfaceMap(name, jumps)));
      List<NftChain> allChains = new ArrayList<>();
      chains.forEach(
          (name, content) -> allChains.add(new NftChain(name, content.base(), content.rules())));
      return new NftTable(
          family,
          original.inet(),
          original.name(),
          flags,
          allMaps,
          List.copyOf(portSets.values()),
          allChains,
          original.others());
    }

    void claim() {
      if (!flags.equals(NftTable.ORPHAN)) {
        throw new IllegalStateException("table " + original.name() + " is no orphan: " + flags);
      }
      flags = NftTable.OWNED;
    }

    void declare(NftChain chain) {
      Rules present = chains.get(chain.name());
      if (present == null) {
        chains.put(chain.name(), new Rules(chain.base(), new ArrayList<>()));
      } else if (present.base().equals(chain.base())) {
        present.rules().clear();
      } else {
        throw new IllegalStateException(
            "chain \"" + chain.name() + "\" can't move from " + present.base());
      }
    }

    Rules chain(String name) {
      return Optional.ofNullable(chains.get(name)).orElseThrow(() -> missing("chain", name));
    }

    void delete(String chain) {
      if (isLedTo(chain)) {
        throw new IllegalStateException("chain \"" + chain + "\" is still jumped to");
      }
      chains.remove(chain);
    }

    private boolean isLedTo(String chain) {
      return maps.values().stream().anyMatch(map -> map.containsValue(chain))
          || rules().stream()
              .anyMatch(rule ->
                  rule.action() instanceof Action.Jump(String target) && target.equals(chain));
    }

    void addJump(String map, String interfaceName, String chain) {
      if (jumps(map).putIfAbsent(interfaceName, chain) != null) {
        throw new IllegalStateException(
            "map \"" + map + "\" has another jump for " + interfaceName);
      }
    }

    void deleteJump(String map, String interfaceName) {
      if (jumps(map).remove(interfaceName) == null) {
        throw new IllegalStateException("map \"" + map + "\" has no jump for " + interfaceName);
      }
    }

    void addPorts(String set, List<PortSet.Element> added) {
      PortSet present = portSet(set);
      List<PortSet.Element> all = new ArrayList<>(present.elements());
      all.addAll(added);
      PortSet next = new PortSet(set, present.type(), all);
      requireApart(next, all.size());
      portSets.put(set, next);
    }

    /** They are sorted, so that those which meet are neighbours; of equal ones, one is left. */
    private static void requireApart(PortSet set, int count) {
      List<PortSet.Element> elements = set.elements();
      boolean isApart =
          elements.size() == count
              && IntStream.range(1, count)
                  .noneMatch(i -> meet(elements.get(i - 1), elements.get(i)));
      if (!isApart) {
        throw new IllegalStateException(
            "\"" + set.name() + "\" would have a port twice, of " + count + " elements");
      }
    }

    private static boolean meet(PortSet.Element one, PortSet.Element other) {
      return one.protocol() == other.protocol()
          && one.address().equals(other.address())
          && one.ports().first() <= other.ports().last()
          && other.ports().first() <= one.ports().last();
    }

    void deletePorts(String set, List<PortSet.Element> deleted) {
      PortSet present = portSet(set);
      Set<PortSet.Element> rest = new HashSet<>(present.elements());
      for (PortSet.Element element : deleted) {
        if (!rest.remove(element)) {
          throw new IllegalStateException("\"" + set + "\" has no " + element);
        }
      }
      portSets.put(set, new PortSet(set, present.type(), List.copyOf(rest)));
    }

    private PortSet portSet(String name) {
      return Optional.ofNullable(portSets.get(name)).orElseThrow(() -> missing("set", name));
    }

    private Map<String, String> jumps(String map) {
      return Optional.ofNullable(maps.get(map)).orElseThrow(() -> missing("map", map));
    }

    void requireTargets() {
      maps.values().forEach(map -> map.values().forEach(this::requireTarget));
      for (Rule rule : rules()) {
        switch (rule.action()) {
          case Action.Jump(String target) -> requireTarget(target);
          case Action.JumpByInterface(var direction, String map) -> jumps(map);
          case Action.DnatByPort(var family, var byAddress, String map) -> portSet(map);
          case Action other -> {}
        }
      }
    }

    /** A base chain is called by its hook alone. */
    private void requireTarget(String chain) {
      if (chain(chain).base().isPresent()) {
        throw new IllegalStateException("base chain \"" + chain + "\" is jumped to");
      }
    }

    private List<Rule> rules() {
      return chains.values().stream().flatMap(chain -> chain.rules().stream()).toList();
    }

    private IllegalStateException missing(String what, String name) {
      return new IllegalStateException(
          "table " + original.name() + " has no " + what + " \"" + name + "\"");
    }
  }
}
