package dev.hairpin.agent.cli;

import static java.util.stream.Collectors.joining;

import dev.hairpin.agent.doctor.Remedy;
import dev.hairpin.rules.apply.RestoreScript;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.NftChange;
import java.util.List;
import java.util.stream.Stream;

/**
 * What {@link Remedy.PutBack} changes, a line for each rule or element, in the words of the tool
 * that could do it: {@code iptables -t nat -I PREROUTING 1 ...}.
 *
 * @param onlyPutsBack whether nothing is taken away on the way
 */
record PutBackLines(List<String> lines, boolean onlyPutsBack) {
  PutBackLines {
    lines = List.copyOf(lines);
  }

  static PutBackLines of(Remedy.PutBack remedy) {
    List<Change> changes = remedy.plan().changes();
    Words words = new Words(remedy);
    return new PutBackLines(
        changes.stream().flatMap(words::of).toList(),
        changes.stream().allMatch(PutBackLines::putsBack));
  }

  private static boolean putsBack(Change change) {
    return switch (change) {
      case Change.InsertRule insert -> true;
      case Change.AppendRule append -> true;
      case Change.WriteChain write -> true;
      case Change.SetPolicy policy -> false;
      case Change.DeleteRule delete -> false;
      case Change.DeleteChain delete -> false;
      case NftChange.WriteTable write -> true;
      case NftChange.ClaimTable claim -> true;
      case NftChange.WriteChain write -> true;
      case NftChange.AddJump add -> true;
      case NftChange.AddPorts add -> true;
      case NftChange.DeleteTable delete -> false;
      case NftChange.DeleteChain delete -> false;
      case NftChange.DeletePorts delete -> false;
      case NftChange.DeleteJump delete -> false;
    };
  }

  /** The tools' words for one family. */
  private record Words(Remedy.PutBack remedy) {
    Stream<String> of(Change change) {
      return switch (change) {
        case Change.OfIptables iptables -> ofIptables(iptables);
        case NftChange nft -> ofNft(nft);
      };
    }

    private Stream<String> ofIptables(Change.OfIptables change) {
      String tool =
          switch (remedy.family()) {
            case IPV4 -> "iptables -t ";
            case IPV6 -> "ip6tables -t ";
          };
      return RestoreScript.of(List.of(change)).lines().stream()
          .filter(line -> line.startsWith("-"))
          .map(line -> tool + change.table().keyword() + " " + line);
    }

    private Stream<String> ofNft(NftChange change) {
      String family = remedy.family().keyword();
      return switch (change) {
        case NftChange.WriteTable(NftTable table) -> ofTable(table);
        case NftChange.ClaimTable(String table) -> Stream.empty();
        case NftChange.WriteChain(String table, NftChain chain) -> rules(family, table, chain);
        case NftChange.AddJump(String table, String map, String name, String chain) ->
            Stream.of(element("add", family, table, map, NftText.element(name, chain)));
        case NftChange.AddPorts(String table, String set, var elements) ->
            elements(family, table, set, elements);
        case NftChange.DeleteTable(String table) ->
            Stream.of("nft delete table " + family + " " + NftText.tableName(table));
        case NftChange.DeleteChain(String table, String chain) ->
            Stream.of(
                "nft delete chain "
                    + family
                    + " "
                    + NftText.tableName(table)
                    + " "
                    + NftText.chainName(chain));
        case NftChange.DeletePorts(String table, String set, var elements) ->
            Stream.of(
                element(
                    "delete",
                    family,
                    table,
                    set,
                    elements.stream().map(NftText::key).collect(joining(", "))));
        case NftChange.DeleteJump(String table, String map, String name) ->
            Stream.of(element("delete", family, table, map, NftText.interfaceName(name)));
      };
    }

    private static Stream<String> ofTable(NftTable table) {
      String family = table.familyKeyword();
      return Stream.of(
              table.chains().stream().flatMap(chain -> rules(family, table.name(), chain)),
              table.maps().stream().flatMap(map -> jumps(family, table.name(), map)),
              table.portSets().stream()
                  .flatMap(set -> elements(family, table.name(), set.name(), set.elements())))
          .flatMap(lines -> lines);
    }

    private static Stream<String> rules(String family, String table, NftChain chain) {
      String to =
          "nft add rule "
              + family
              + " "
              + NftText.tableName(table)
              + " "
              + NftText.chainName(chain.name())
              + " ";
      return chain.rules().stream().map(rule -> to + NftText.line(rule));
    }

    private static Stream<String> jumps(String family, String table, InterfaceMap map) {
      return map.jumps().entrySet().stream()
          .map(jump ->
              element(
                  "add",
                  family,
                  table,
                  map.name(),
                  NftText.element(jump.getKey(), jump.getValue())));
    }

    private static Stream<String> elements(
        String family, String table, String set, List<PortSet.Element> elements) {
      return elements.stream()
          .map(each -> element("add", family, table, set, NftText.element(each)));
    }

    private static String element(
        String verb, String family, String table, String set, String text) {
      return "nft "
          + verb
          + " element "
          + family
          + " "
          + NftText.tableName(table)
          + " "
          + NftText.setName(set)
          + " { "
          + text
          + " }";
    }
  }
}
