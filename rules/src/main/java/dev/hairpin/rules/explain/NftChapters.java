package dev.hairpin.rules.explain;

import dev.hairpin.rules.explain.RuleDocument.Chapter;
import dev.hairpin.rules.explain.RuleDocument.Line;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.nftables.NftText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The chapters about a table of nftables' own. */
final class NftChapters {
  /** In the order of a packet's way: by hook, and at each by priority. */
  private static final Comparator<NftChain> WAY =
      Comparator.comparing((NftChain chain) -> chain.base().orElseThrow().hook())
          .thenComparingInt(chain -> chain.base().orElseThrow().priority());

  private static final Reason WHEN =
      Reason.of("when packets come here: without it, nothing calls this chain");

  private static final Reason WHAT =
      Reason.of("what is looked up, an interface's name, and what is found, a chain to go on in");

  private static final Reason PORTS_LOOKED_UP =
      Reason.of("what is looked up, where a packet is sent to, and what is found, where it goes");

  private final NftTable table;
  private final Map<String, Chapter> chapters = new LinkedHashMap<>();

  NftChapters(NftTable table) {
    this.table = table;
  }

  List<Chapter> all() {
    table.chains().stream()
        .filter(chain -> chain.base().isPresent())
        .sorted(WAY)
        .forEach(this::visit);
    // In what nothing leads to there may be rules all the same.
    table.chains().forEach(this::visit);
    table.maps().forEach(this::visit);
    table.portSets().forEach(this::visit);
    return List.copyOf(chapters.values());
  }

  private void visit(NftChain chain) {
    if (chapters.containsKey(chain.name())) {
      return;
    }
    List<Line> lines = new ArrayList<>();
    chain.base().map(base -> new Line(NftText.line(base), WHEN)).ifPresent(lines::add);
    chain.rules().stream()
        .map(rule -> new Line(NftText.line(rule), rule.reason()))
        .forEach(lines::add);
    chapters.put(
        chain.name(),
        new Chapter(
            tableText(), chain.name(), NftDescriptions.ofChain(table, chain.name()), lines));
    chain.rules().forEach(this::follow);
  }

  private void follow(Rule rule) {
    switch (rule.action()) {
      case Action.Jump(String chain) -> table.chain(chain).ifPresent(this::visit);
      case Action.JumpByInterface(var direction, String map) ->
          table.map(map).ifPresent(this::visit);
      case Action.DnatByPort(var family, var byAddress, String map) ->
          table.portSet(map).ifPresent(this::visit);
      case Action other -> {}
    }
    rule.matches().stream()
        .flatMap(match ->
            match instanceof Match.DestinationAmong(var family, String set)
                ? table.portSet(set).stream()
                : Stream.empty())
        .forEach(this::visit);
  }

  private void visit(PortSet set) {
    String name = NftText.kind(set.type()) + " " + set.name();
    Stream<Line> elements =
        set.elements().stream()
            .map(element -> new Line(NftText.element(element), element.reason()));
    chapters.putIfAbsent(
        name,
        new Chapter(
            tableText(),
            name,
            HairpinDescriptions.ofPortSet(set.name()),
            Stream.concat(
                    Stream.of(new Line(NftText.declaration(set.type()), PORTS_LOOKED_UP)), elements)
                .toList()));
  }

  private void visit(InterfaceMap map) {
    String name = "map " + map.name();
    if (chapters.containsKey(name)) {
      return;
    }
    Stream<Line> elements =
        map.jumps().entrySet().stream()
            .map(jump ->
                new Line(
                    NftText.element(jump.getKey(), jump.getValue()),
                    Reason.of(
                        "without it, packets of "
                            + jump.getKey()
                            + " meet no rule of "
                            + jump.getValue())));
    List<Line> lines =
        Stream.concat(Stream.of(new Line("type ifname : verdict", WHAT)), elements).toList();
    chapters.put(
        name, new Chapter(tableText(), name, NftDescriptions.ofMap(table, map.name()), lines));
    map.jumps().values().stream()
        .flatMap(chain -> table.chain(chain).stream())
        .forEach(this::visit);
  }

  private String tableText() {
    return "table " + table.familyKeyword() + " " + table.name();
  }
}
