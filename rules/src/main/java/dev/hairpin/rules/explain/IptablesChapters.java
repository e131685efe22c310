package dev.hairpin.rules.explain;

import dev.hairpin.rules.explain.RuleDocument.Chapter;
import dev.hairpin.rules.explain.RuleDocument.Line;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The chapters about iptables' chains. */
final class IptablesChapters {
  /** Where packets come into our rules, in the order of their way through the host. */
  private static final List<Place> WAY =
      List.of(
          new Place(Table.RAW, Hook.PREROUTING.name()),
          new Place(Table.NAT, Hook.PREROUTING.name()),
          new Place(Table.NAT, Hook.OUTPUT.name()),
          new Place(Table.FILTER, Hook.FORWARD.name()),
          new Place(Table.MANGLE, Hook.POSTROUTING.name()),
          new Place(Table.NAT, Hook.POSTROUTING.name()));

  private static final Reason WHY_DROP =
      Reason.of(
          "without it, this host forwards whatever nobody accepts, for everybody: forwarding was off"
              + " before it was switched on for containers");

  private record Place(Table table, String chain) {}

  private final Ruleset rules;
  private final IptablesDescriptions descriptions;

  IptablesChapters(Ruleset rules) {
    this.rules = rules;
    this.descriptions = IptablesDescriptions.of(rules);
  }

  List<Chapter> all() {
    Map<Place, List<Line>> lines = new LinkedHashMap<>();
    WAY.forEach(place -> visit(place, lines));
    // In a chain that nothing of ours leads to there may be rules all the same.
    Stream.concat(rules.chains().stream(), rules.userChains().stream())
        .map(chain -> new Place(chain.table(), chain.name()))
        .forEach(place -> visit(place, lines));
    rules.hooks().forEach(hook -> visit(new Place(hook.table(), hook.chain()), lines));
    return lines.entrySet().stream()
        .map(entry -> chapter(entry.getKey(), entry.getValue()))
        .toList();
  }

  private Chapter chapter(Place place, List<Line> lines) {
    return new Chapter(
        place.table().keyword(),
        place.chain(),
        descriptions.of(place.table(), place.chain()),
        lines);
  }

  /** Nat's two ways to the published ports come before the ports, so jumps wait for their turn. */
  private void visit(Place place, Map<Place, List<Line>> lines) {
    if (lines.containsKey(place) || !isOurs(place)) {
      return;
    }
    lines.put(place, lines(place));
    if (!place.equals(new Place(Table.NAT, Hook.PREROUTING.name()))) {
      rules(place)
          .flatMap(rule -> target(rule).stream())
          .forEach(target -> visit(new Place(place.table(), target), lines));
    }
  }

  private boolean isOurs(Place place) {
    return rules.hook(place.table(), place.chain()).isPresent() || chain(place).isPresent();
  }

  private Optional<Chain> chain(Place place) {
    return Stream.concat(rules.chains().stream(), rules.userChains().stream())
        .filter(chain -> chain.table() == place.table() && chain.name().equals(place.chain()))
        .findFirst();
  }

  private Stream<Rule> rules(Place place) {
    return Stream.concat(
        rules.hook(place.table(), place.chain()).stream().flatMap(HookRules::rules),
        chain(place).stream().flatMap(chain -> chain.rules().stream()));
  }

  private List<Line> lines(Place place) {
    List<Line> lines = new ArrayList<>();
    rules
        .hook(place.table(), place.chain())
        .flatMap(HookRules::policy)
        .map(policy -> policy(place, policy))
        .ifPresent(lines::add);
    rules(place)
        .map(rule ->
            new Line(
                ("-A " + place.chain() + " " + IptablesText.line(rule)).stripTrailing(),
                rule.reason()))
        .forEach(lines::add);
    return lines;
  }

  private static Line policy(Place place, Policy policy) {
    return new Line("-P " + place.chain() + " " + policy, WHY_DROP);
  }

  private static Optional<String> target(Rule rule) {
    return rule.action() instanceof Action.Jump(String chain)
        ? Optional.of(chain)
        : Optional.empty();
  }
}
