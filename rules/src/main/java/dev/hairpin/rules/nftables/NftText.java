package dev.hairpin.rules.nftables;

import static java.util.stream.Collectors.joining;

import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The language of nft. A table is printed as {@code nft list table} of nft 1.1 prints it, but with
 * counters that show no numbers.
 */
public final class NftText {
  /**
   * Which further elements of a map are put under the first one: two tabs and {@code elements =}.
   */
  private static final String NEXT_ELEMENT = ",\n\t\t\t     ";

  private NftText() {}

  /**
   * A rule as it is printed, without the chain that it is in: {@code tcp dport 80 counter accept}.
   *
   * @throws IllegalArgumentException if nft has no words for it, such as an interface's name with a
   *     quote in it
   */
  public static String line(Rule rule) {
    return RuleWriter.line(rule);
  }

  /**
   * What makes a chain a base chain: {@code type nat hook output priority dstnat; policy accept;}.
   */
  public static String line(NftChain.Base base) {
    return "type "
        + base.type().name().toLowerCase(Locale.ROOT)
        + " hook "
        + base.hook().name().toLowerCase(Locale.ROOT)
        + " priority "
        + Priorities.text(base.hook(), base.priority())
        + "; policy "
        + base.policy().name().toLowerCase(Locale.ROOT)
        + ";";
  }

  /** Tables, one after the other. */
  public static String print(List<NftTable> tables) {
    return print(tables, rule -> Optional.empty());
  }

  /**
   * As {@link #print(List)}, with a line of comment under each rule that has something to say.
   *
   * @param note what is said of a rule, on one line
   */
  public static String print(List<NftTable> tables, Function<Rule, Optional<String>> note) {
    return tables.stream().map(table -> print(table, note)).collect(joining());
  }

  /** A table with all that is in it but its {@linkplain NftTable#others others}. */
  public static String print(NftTable table) {
    return print(table, rule -> Optional.empty());
  }

  private static String print(NftTable table, Function<Rule, Optional<String>> note) {
    Stream<String> maps = table.maps().stream().map(NftText::print);
    Stream<String> chains = table.chains().stream().map(chain -> print(chain, note));
    return "table "
        + table.familyKeyword()
        + " "
        + Names.identifier("table", table.name())
        + " {\n"
        + Stream.concat(maps, chains).collect(joining("\n"))
        + "}\n";
  }

  private static String print(InterfaceMap map) {
    return "\tmap "
        + Names.identifier("map", map.name())
        + " {\n\t\ttype ifname : verdict\n"
        + (map.jumps().isEmpty() ? "" : "\t\telements = { " + elements(map) + " }\n")
        + "\t}\n";
  }

  private static String elements(InterfaceMap map) {
    return map.jumps().entrySet().stream().map(NftText::element).collect(joining(NEXT_ELEMENT));
  }

  /** An element of an interface map: {@code "docker0" : jump filter-forward-in__docker0}. */
  public static String element(Map.Entry<String, String> jump) {
    return Names.quotedInterface(jump.getKey())
        + " : jump "
        + Names.identifier("chain", jump.getValue());
  }

  private static String print(NftChain chain, Function<Rule, Optional<String>> note) {
    Optional<String> base = chain.base().map(NftText::line);
    return "\tchain "
        + Names.identifier("chain", chain.name())
        + " {\n"
        + Stream.concat(base.stream(), chain.rules().stream().flatMap(rule -> lines(rule, note)))
            .map(line -> "\t\t" + line + "\n")
            .collect(joining())
        + "\t}\n";
  }

  private static Stream<String> lines(Rule rule, Function<Rule, Optional<String>> note) {
    return Stream.concat(
        Stream.of(line(rule)), note.apply(rule).map(said -> "#   " + said).stream());
  }
}
