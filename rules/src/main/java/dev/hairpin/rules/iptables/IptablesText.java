package dev.hairpin.rules.iptables;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.UserText;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The language of {@code iptables-save} and {@code iptables-restore}, both ways. Printing what was
 * parsed gives the same text, without counters and comments.
 */
public final class IptablesText {
  private IptablesText() {}

  /**
   * A rule as {@code iptables-save} prints it, without the chain that it is in: {@code -i docker0
   * -j RETURN}.
   *
   * @throws IllegalArgumentException if iptables has no words for it, such as an interface's name
   *     with a space in it
   */
  public static String line(Rule rule) {
    return RuleWriter.line(rule);
  }

  /**
   * Reads one rule without the chain that it is in.
   *
   * @throws IllegalArgumentException if a quote is not closed or an option lacks its value
   */
  public static Rule parseRule(String line) {
    return RuleReader.read(line);
  }

  /** All tables as {@code iptables-save} prints them, in the order in which they are given. */
  public static String print(Tables tables) {
    return print(tables, rule -> Optional.empty());
  }

  /**
   * As {@link #print(Tables)}, with a line of comment under each rule that has something to say.
   *
   * @param note what is said of a rule, on one line
   */
  public static String print(Tables tables, Function<Rule, Optional<String>> note) {
    Map<Table, List<Chain>> byTable =
        tables.chains().stream().collect(groupingBy(Chain::table, LinkedHashMap::new, toList()));
    return byTable.entrySet().stream()
        .map(entry -> print(entry.getKey(), entry.getValue(), note))
        .collect(joining());
  }

  private static String print(
      Table table, List<Chain> chains, Function<Rule, Optional<String>> note) {
    StringBuilder text = new StringBuilder("*" + table.keyword() + "\n");
    for (Chain chain : chains) {
      text.append(':').append(chain.name()).append(' ');
      text.append(chain.policy().map(Policy::name).orElse("-")).append('\n');
    }
    for (Chain chain : chains) {
      for (Rule rule : chain.rules()) {
        text.append(("-A " + chain.name() + " " + line(rule)).stripTrailing()).append('\n');
        note.apply(rule).ifPresent(said -> text.append("#   ").append(said).append('\n'));
      }
    }
    return text.append("COMMIT\n").toString();
  }

  /**
   * Reads what {@code iptables-save} prints, with or without counters.
   *
   * @throws IllegalArgumentException if it is not that; the message has the line
   */
  public static Tables parse(Family family, String text) {
    List<Chain> chains = new ArrayList<>();
    Optional<TableReader> open = Optional.empty();
    for (String line : text.lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("*")) {
        open = Optional.of(new TableReader(line));
      } else if (line.equals("COMMIT")) {
        open.ifPresent(table -> chains.addAll(table.chains()));
        open = Optional.empty();
      } else {
        open.orElseThrow(
                () -> new IllegalArgumentException(UserText.quoted(line) + " is in no table"))
            .add(line);
      }
    }
    if (open.isPresent()) {
      throw new IllegalArgumentException("the text ends before COMMIT");
    }
    return new Tables(family, chains);
  }

  /** The lines of one table, which declare every chain before they fill any. */
  private static final class TableReader {
    private final Table table;
    private final Map<String, Optional<Policy>> policies = new LinkedHashMap<>();
    private final Map<String, List<Rule>> rules = new LinkedHashMap<>();

    TableReader(String line) {
      this.table =
          Table.of(line.substring(1))
              .orElseThrow(() ->
                  new IllegalArgumentException(UserText.quoted(line) + " is not a known table"));
    }

    void add(String line) {
      if (line.startsWith(":")) {
        declare(line);
        return;
      }
      // With counters: [12:345] -A FORWARD ...
      String command = line.startsWith("[") ? line.substring(line.indexOf(']') + 1).strip() : line;
      String[] words = command.split(" ", 3);
      if (words.length < 2 || !words[0].equals("-A") || !rules.containsKey(words[1])) {
        throw new IllegalArgumentException(
            UserText.quoted(line) + " adds to no chain of this table");
      }
      String arguments = words.length == 3 ? words[2] : "";
      rules.get(words[1]).add(RuleReader.read(arguments));
    }

    private void declare(String line) {
      String[] words = line.substring(1).split(" ", 3);
      if (words.length < 2) {
        throw new IllegalArgumentException(UserText.quoted(line) + " declares no chain");
      }
      policies.put(
          words[0], words[1].equals("-") ? Optional.empty() : Optional.of(policy(words[1])));
      rules.put(words[0], new ArrayList<>());
    }

    private static Policy policy(String word) {
      return switch (word) {
        case "ACCEPT" -> Policy.ACCEPT;
        case "DROP" -> Policy.DROP;
        case String other ->
            throw new IllegalArgumentException(UserText.quoted(other) + " is not a policy");
      };
    }

    List<Chain> chains() {
      return policies.entrySet().stream()
          .map(chain ->
              new Chain(table, chain.getKey(), chain.getValue(), rules.get(chain.getKey())))
          .toList();
    }
  }
}
