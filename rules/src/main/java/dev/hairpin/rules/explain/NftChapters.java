package dev.hairpin.rules.explain;

import dev.hairpin.rules.explain.RuleDocument.Chapter;
import dev.hairpin.rules.explain.RuleDocument.Line;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
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
        new Chapter(tableText(), chain.name(), NftDescriptions.ofChain(chain.name()), lines));
    chain.rules().forEach(this::follow);
  }

  private void follow(Rule rule) {
    switch (rule.action()) {
      case Action.Jump(String chain) -> table.chain(chain).ifPresent(this::visit);
      case Action.JumpByInterface(var direction, String map) ->
          table.map(map).ifPresent(this::visit);
      case Action other -> {}
    }
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
    chapters.put(name, new Chapter(tableText(), name, NftDescriptions.ofMap(map.name()), lines));
    map.jumps().values().stream()
        .flatMap(chain -> table.chain(chain).stream())
        .forEach(this::visit);
  }

  private String tableText() {
    return "table " + table.familyKeyword() + " " + table.name();
  }
}
