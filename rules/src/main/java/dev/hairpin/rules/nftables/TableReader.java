package dev.hairpin.rules.nftables;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Puts one table together. nft lists its maps and chains before the rules that refer to them. */
final class TableReader {
  /** What a map may say of itself to be a plain one from interfaces to chains. */
  private static final Set<String> PLAIN_MAP =
      Set.of("family", "name", "table", "type", "handle", "map", "elem");

  private final Family family;
  private final boolean inet;
  private final String name;
  private final Map<String, InterfaceMap> maps = new LinkedHashMap<>();
  private final Map<String, PortSet> portSets = new LinkedHashMap<>();
  private final Map<String, Optional<NftChain.Base>> bases = new LinkedHashMap<>();
  private final Map<String, List<JsonNode>> rules = new LinkedHashMap<>();
  private final Set<NftTable.Flag> flags = EnumSet.noneOf(NftTable.Flag.class);
  private final List<String> others = new ArrayList<>();

  private TableReader(Family family, boolean inet, JsonNode table) {
    this.family = family;
    this.inet = inet;
    this.name = table.path("name").asText();
    addFlags(table.path("flags"));
  }

  /** A reader for a table, if packets of this family meet it. */
  static Optional<TableReader> of(JsonNode table, Family family) {
    String keyword = table.path("family").asText();
    boolean inet = keyword.equals("inet");
    return inet || keyword.equals(family.keyword())
        ? Optional.of(new TableReader(family, inet, table))
        : Optional.empty();
  }

  String name() {
    return name;
  }

  /** Whether packets of both families meet it. */
  boolean inet() {
    return inet;
  }

  /** One flag is a text, and several are an array. */
  private void addFlags(JsonNode listed) {
    for (JsonNode flag : listed.isArray() ? listed : List.of(listed)) {
      if (!flag.isMissingNode()) {
        constant(NftTable.Flag.values(), flag)
            .ifPresentOrElse(flags::add, () -> others.add(Words.of("flags", flag)));
      }
    }
  }

  void add(String kind, JsonNode object) {
    switch (kind) {
      case "map" -> addMap(object);
      case "set" -> addPortSet("set", object);
      case "chain" -> addChain(object);
      case "rule" -> addRule(object);
      case String other -> addOther(other, object);
    }
  }

  private void addOther(String kind, JsonNode object) {
    others.add(Words.of(kind, object));
  }

  private void addMap(JsonNode map) {
    Optional<SortedMap<String, String>> jumps =
        properties(map).allMatch(PLAIN_MAP::contains)
                && map.path("type").asText().equals("ifname")
                && map.path("map").asText().equals("verdict")
            ? jumps(map.path("elem"))
            : Optional.empty();
    String mapName = map.path("name").asText();
    jumps.ifPresentOrElse(
        plain -> maps.put(mapName, new InterfaceMap(mapName, plain)), () -> addPortSet("map", map));
  }

  private void addPortSet(String kind, JsonNode set) {
    new PortSetReader(family)
        .read(set)
        .ifPresentOrElse(plain -> portSets.put(plain.name(), plain), () -> addOther(kind, set));
  }

  private static Optional<SortedMap<String, String>> jumps(JsonNode elements) {
    SortedMap<String, String> jumps = new TreeMap<>();
    for (JsonNode element : elements) {
      JsonNode target = element.path(1).path("jump").path("target");
      if (!element.path(0).isTextual() || !target.isTextual()) {
        return Optional.empty();
      }
      jumps.put(element.path(0).asText(), target.asText());
    }
    return Optional.of(jumps);
  }

  private void addChain(JsonNode chain) {
    String chainName = chain.path("name").asText();
    if (!chain.has("hook")) {
      bases.put(chainName, Optional.empty());
      rules.put(chainName, new ArrayList<>());
      return;
    }
    base(chain)
        .ifPresentOrElse(
            base -> {
              bases.put(chainName, Optional.of(base));
              rules.put(chainName, new ArrayList<>());
            },
            () -> addOther("chain", chain));
  }

  private static Optional<NftChain.Base> base(JsonNode chain) {
    Optional<NftChain.Type> type = constant(NftChain.Type.values(), chain.path("type"));
    Optional<Hook> hook = constant(Hook.values(), chain.path("hook"));
    Optional<Policy> policy = constant(Policy.values(), chain.path("policy"));
    return type.isPresent() && hook.isPresent() && policy.isPresent() && chain.path("prio").isInt()
        ? Optional.of(
            new NftChain.Base(type.get(), hook.get(), chain.path("prio").asInt(), policy.get()))
        : Optional.empty();
  }

  private static <T extends Enum<T>> Optional<T> constant(T[] values, JsonNode keyword) {
    return Stream.of(values)
        .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(keyword.asText()))
        .findFirst();
  }

  private void addRule(JsonNode rule) {
    List<JsonNode> ofChain = rules.get(rule.path("chain").asText());
    if (ofChain == null) {
      addOther("rule", rule);
    } else {
      ofChain.add(rule);
    }
  }

  private static Stream<String> properties(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey);
  }

  NftTable table() {
    RuleReader reader = new RuleReader(family, maps.keySet(), portSets);
    List<NftChain> chains = new ArrayList<>();
    bases.forEach((chain, base) -> {
      List<Rule> read = rules.get(chain).stream().map(reader::read).toList();
      chains.add(new NftChain(chain, base, read));
    });
    return new NftTable(
        family,
        inet,
        name,
        flags,
        List.copyOf(maps.values()),
        List.copyOf(portSets.values()),
        chains,
        others);
  }
}
