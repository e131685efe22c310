package dev.hairpin.rules.apply;

import static java.util.stream.Collectors.joining;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.plan.NftChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Changes as input of {@code nft -f -}, which is one transaction in the kernel. Every chain is
 * declared and emptied before any is filled, so that they may jump to each other, and so that none
 * is jumped to when it goes.
 *
 * @param lines one command each, without line ends
 */
record NftScript(List<String> lines) {
  NftScript {
    lines = List.copyOf(lines);
  }

  /**
   * @throws IllegalArgumentException if nft has no words for something
   */
  static NftScript of(Family family, List<NftChange> changes) {
    Writer writer = new Writer(family);
    changes.forEach(writer::declare);
    changes.forEach(writer::change);
    return new NftScript(writer.lines);
  }

  /** The line of this number, counted from 1, as nft counts in its messages. */
  Optional<String> line(int number) {
    return number < 1 || number > lines.size()
        ? Optional.empty()
        : Optional.of(lines.get(number - 1));
  }

  String text() {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }

  @Override
  public String toString() {
    return text();
  }

  private static final class Writer {
    private final Family family;
    private final List<String> lines = new ArrayList<>();

    Writer(Family family) {
      this.family = family;
    }

    void declare(NftChange change) {
      switch (change) {
        case NftChange.WriteChain(String table, NftChain chain) -> {
          addChain(table, chain);
          add("flush chain", table, NftText.chainName(chain.name()));
        }
        case NftChange.DeleteChain(String table, String chain) ->
            add("flush chain", table, NftText.chainName(chain));
        case NftChange.ClaimTable(String table) -> addOwned(table, NftTable.OWNED);
        case NftChange other -> {}
      }
    }

    void change(NftChange change) {
      switch (change) {
        case NftChange.WriteTable(NftTable table) -> write(table);
        // Declared, which is all.
        case NftChange.ClaimTable claim -> {}
        case NftChange.DeleteTable(String table) -> add("delete table", table);
        case NftChange.WriteChain(String table, NftChain chain) -> fill(table, chain);
        case NftChange.DeleteChain(String table, String chain) ->
            add("delete chain", table, NftText.chainName(chain));
        case NftChange.AddJump(String table, String map, String interfaceName, String chain) ->
            add(
                "add element",
                table,
                NftText.mapName(map),
                "{ " + NftText.element(interfaceName, chain) + " }");
        case NftChange.DeleteJump(String table, String map, String interfaceName) ->
            add(
                "delete element",
                table,
                NftText.mapName(map),
                "{ " + NftText.interfaceName(interfaceName) + " }");
        case NftChange.AddPorts(String table, String set, List<PortSet.Element> elements) ->
            changePorts("add element", table, set, elements.stream().map(NftText::element));
        case NftChange.DeletePorts(String table, String set, List<PortSet.Element> elements) ->
            changePorts("delete element", table, set, elements.stream().map(NftText::key));
      }
    }

    private void write(NftTable table) {
      if (table.flags().isEmpty()) {
        // Only a table that is there can be deleted, and one that is there would keep what it has.
        add("add table", table.name());
        add("delete table", table.name());
        add("add table", table.name());
      } else {
        // One with flags can't be declared without them; every nft that knows them can destroy.
        add("destroy table", table.name());
        addOwned(table.name(), table.flags());
      }
      table
          .maps()
          .forEach(map ->
              add(
                  "add map",
                  table.name(),
                  NftText.mapName(map.name()),
                  "{ type ifname : verdict; }"));
      table
          .portSets()
          .forEach(set ->
              add(
                  "add " + NftText.kind(set.type()),
                  table.name(),
                  NftText.setName(set.name()),
                  "{ " + NftText.declaration(set.type()) + " }"));
      table.chains().forEach(chain -> addChain(table.name(), chain));
      table.chains().forEach(chain -> fill(table.name(), chain));
      table.maps().forEach(map -> fill(table.name(), map));
      table.portSets().stream()
          .filter(set -> !set.elements().isEmpty())
          .forEach(set ->
              changePorts(
                  "add element",
                  table.name(),
                  set.name(),
                  set.elements().stream().map(NftText::element)));
    }

    private void addOwned(String table, Set<NftTable.Flag> flags) {
      add("add table", table, "{ " + NftText.flags(flags) + "; }");
    }

    private void addChain(String table, NftChain chain) {
      String base = chain.base().map(is -> " { " + NftText.declaration(is) + " }").orElse("");
      add("add chain", table, NftText.chainName(chain.name()) + base);
    }

    private void fill(String table, NftChain chain) {
      chain.rules().forEach(rule -> add("add rule", table, chain.name(), NftText.line(rule)));
    }

    private void fill(String table, InterfaceMap map) {
      if (!map.jumps().isEmpty()) {
        String elements =
            map.jumps().entrySet().stream()
                .map((Map.Entry<String, String> jump) ->
                    NftText.element(jump.getKey(), jump.getValue()))
                .collect(joining(", ", "{ ", " }"));
        add("add element", table, map.name(), elements);
      }
    }

    /** One command for all: nft reads its input line by line, and the kernel's work is the same. */
    private void changePorts(String command, String table, String set, Stream<String> elements) {
      add(command, table, NftText.setName(set), elements.collect(joining(", ", "{ ", " }")));
    }

    private void add(String command, String table, String... rest) {
      lines.add(
          command
              + " "
              + family.keyword()
              + " "
              + NftText.tableName(table)
              + (rest.length == 0 ? "" : " " + String.join(" ", rest)));
    }
  }
}
