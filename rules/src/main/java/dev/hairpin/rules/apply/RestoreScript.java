package dev.hairpin.rules.apply;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.plan.Change;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Changes as input of {@code iptables-restore --noflush}. Each table is one transaction in the
 * kernel, and tables are changed in the order of the changes. Every chain is declared before any is
 * filled, so that they may jump to each other; declaring one that is there empties it.
 *
 * @param lines without line ends
 */
public record RestoreScript(List<String> lines) {
  public RestoreScript {
    lines = List.copyOf(lines);
  }

  public static RestoreScript of(List<Change.OfIptables> plan) {
    Map<Table, List<Change.OfIptables>> byTable =
        plan.stream().collect(groupingBy(Change.OfIptables::table, LinkedHashMap::new, toList()));
    List<String> lines = new ArrayList<>();
    byTable.forEach((table, changes) -> {
      lines.add("*" + table.keyword());
      changes.forEach(change -> declaration(change).ifPresent(lines::add));
      changes.forEach(change -> lines.addAll(commands(change)));
      lines.add("COMMIT");
    });
    return new RestoreScript(lines);
  }

  /** The line of this number, counted from 1, as the tools count in their messages. */
  public Optional<String> line(int number) {
    return number < 1 || number > lines.size()
        ? Optional.empty()
        : Optional.of(lines.get(number - 1));
  }

  public String text() {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }

  private static Optional<String> declaration(Change.OfIptables change) {
    return switch (change) {
      case Change.WriteChain(Chain chain) -> Optional.of(":" + chain.name() + " - [0:0]");
      case Change.DeleteChain(Table table, String chain) -> Optional.of(":" + chain + " - [0:0]");
      case Change.OfIptables other -> Optional.empty();
    };
  }

  private static List<String> commands(Change.OfIptables change) {
    return switch (change) {
      case Change.SetPolicy(Table table, Hook hook, Policy policy) ->
          List.of("-P " + hook + " " + policy);
      case Change.WriteChain(Chain chain) ->
          chain.rules().stream().map(rule -> command("-A " + chain.name(), rule)).toList();
      case Change.DeleteRule(Table table, String chain, Rule rule) ->
          List.of(command("-D " + chain, rule));
      case Change.InsertRule(Table table, String chain, int position, Rule rule) ->
          List.of(command("-I " + chain + " " + position, rule));
      case Change.AppendRule(Table table, String chain, Rule rule) ->
          List.of(command("-A " + chain, rule));
      case Change.DeleteChain(Table table, String chain) -> List.of("-X " + chain);
    };
  }

  private static String command(String verb, Rule rule) {
    return (verb + " " + IptablesText.line(rule)).stripTrailing();
  }
}
