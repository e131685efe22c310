package dev.hairpin.rules.nftables;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
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

  /** What makes a chain a base chain, as it is printed. */
  public static String line(NftChain.Base base) {
    return line(base, Priorities.text(base.hook(), base.priority()));
  }

  /** What makes a chain a base chain, as nft takes it: versions differ in the names they know. */
  public static String declaration(NftChain.Base base) {
    return line(base, Integer.toString(base.priority()));
  }

  private static String line(NftChain.Base base, String priority) {
    return "type "
        + base.type().name().toLowerCase(Locale.ROOT)
        + " hook "
        + base.hook().name().toLowerCase(Locale.ROOT)
        + " priority "
        + priority
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
    return lines(table).stream()
        .flatMap(line ->
            Stream.concat(
                Stream.of(line.text()),
                line.rule().flatMap(note).map(said -> "\t\t#   " + said).stream()))
        .map(line -> line + "\n")
        .collect(joining());
  }

  /** As {@link #print(NftTable)}, line by line. */
  public static List<Line> lines(NftTable table) {
    List<Line> lines = new ArrayList<>();
    lines.add(
        Line.around("", "table " + table.familyKeyword() + " " + tableName(table.name()) + " {"));
    if (!table.flags().isEmpty()) {
      lines.add(Line.around("", "\t" + flags(table.flags())));
    }
    for (InterfaceMap map : table.maps()) {
      addObject(lines, lines(map));
    }
    for (PortSet set : table.portSets()) {
      addObject(lines, lines(set));
    }
    for (NftChain chain : table.chains()) {
      addObject(lines, lines(chain));
    }
    lines.add(Line.around("", "}"));
    return lines;
  }

  /**
   * A line of a table as it is printed.
   *
   * @param object the map or chain that it belongs to; empty for a line of the table itself
   * @param text with the tabs in front of it
   * @param rule that the line is, if it is one
   * @param element of a set or map of ports that the line is, if it is one
   */
  public record Line(
      String object, String text, Optional<Rule> rule, Optional<PortSet.Element> element) {
    public Line {
      requireNonNull(object, "object");
      requireNonNull(text, "text");
      requireNonNull(rule, "rule");
      requireNonNull(element, "element");
    }

    private static Line around(String object, String text) {
      return new Line(object, text, Optional.empty(), Optional.empty());
    }
  }

  /** Between two of them is an empty line. */
  private static void addObject(List<Line> lines, List<Line> object) {
    if (lines.size() > 1) {
      lines.add(Line.around("", ""));
    }
    lines.addAll(object);
  }

  private static List<Line> lines(InterfaceMap map) {
    List<Line> lines = new ArrayList<>();
    lines.add(Line.around(map.name(), "\tmap " + mapName(map.name()) + " {"));
    lines.add(Line.around(map.name(), "\t\ttype ifname : verdict"));
    if (!map.jumps().isEmpty()) {
      elements(map).lines().forEach(line -> lines.add(Line.around(map.name(), line)));
    }
    lines.add(Line.around(map.name(), "\t}"));
    return lines;
  }

  private static String elements(InterfaceMap map) {
    return map.jumps().entrySet().stream()
        .map(jump -> element(jump.getKey(), jump.getValue()))
        .collect(joining(NEXT_ELEMENT, "\t\telements = { ", " }"));
  }

  private static List<Line> lines(PortSet set) {
    List<Line> lines = new ArrayList<>();
    lines.add(Line.around(set.name(), "\t" + kind(set.type()) + " " + setName(set.name()) + " {"));
    PortSetText.properties(set.type()).stream()
        .map(property -> Line.around(set.name(), "\t\t" + property))
        .forEach(lines::add);
    List<String> elements =
        set.elements().stream()
            .map(NftText::element)
            .collect(joining(NEXT_ELEMENT, "\t\telements = { ", " }"))
            .lines()
            .toList();
    for (int i = 0; i < set.elements().size(); i++) {
      lines.add(
          new Line(
              set.name(), elements.get(i), Optional.empty(), Optional.of(set.elements().get(i))));
    }
    lines.add(Line.around(set.name(), "\t}"));
    return lines;
  }

  private static List<Line> lines(NftChain chain) {
    List<Line> lines = new ArrayList<>();
    lines.add(Line.around(chain.name(), "\tchain " + chainName(chain.name()) + " {"));
    chain.base().ifPresent(base -> lines.add(Line.around(chain.name(), "\t\t" + line(base))));
    chain
        .rules()
        .forEach(rule ->
            lines.add(
                new Line(chain.name(), "\t\t" + line(rule), Optional.of(rule), Optional.empty())));
    lines.add(Line.around(chain.name(), "\t}"));
    return lines;
  }

  /** Whose a table is, in nft's order: {@code flags owner,persist}. */
  public static String flags(Set<NftTable.Flag> flags) {
    return flags.stream().sorted().map(NftTable.Flag::keyword).collect(joining(",", "flags ", ""));
  }

  /** An element of an interface map: {@code "docker0" : jump filter-forward-in__docker0}. */
  public static String element(String interfaceName, String chain) {
    return interfaceName(interfaceName) + " : jump " + chainName(chain);
  }

  /**
   * An element of a set or map of ports: {@code tcp . 8080 : 172.17.0.2 . 80}. As a set's, it is
   * also what finds it.
   */
  public static String element(PortSet.Element element) {
    return PortSetText.element(element);
  }

  /** What finds an element, without what it leads to. */
  public static String key(PortSet.Element element) {
    return PortSetText.key(element);
  }

  /** {@code map}, or {@code set}. */
  public static String kind(PortSet.Type type) {
    return PortSetText.kind(type);
  }

  /** The name of a set or map of ports as it is; as {@link #chainName}. */
  public static String setName(String name) {
    return Names.identifier("set", name);
  }

  /** What makes it that kind of a set, as nft takes it, on one line. */
  public static String declaration(PortSet.Type type) {
    return String.join("; ", PortSetText.properties(type)) + ";";
  }

  /** An interface that stands for itself only: {@code "docker0"}. */
  public static String interfaceName(String name) {
    return Names.quotedInterface(name);
  }

  /**
   * The name of a chain as it is.
   *
   * @throws IllegalArgumentException if nft does not take it, such as one with a space in it
   */
  public static String chainName(String name) {
    return Names.identifier("chain", name);
  }

  /** The name of a table as it is; as {@link #chainName}. */
  public static String tableName(String name) {
    return Names.identifier("table", name);
  }

  /** The name of a map as it is; as {@link #chainName}. */
  public static String mapName(String name) {
    return Names.identifier("map", name);
  }
}
