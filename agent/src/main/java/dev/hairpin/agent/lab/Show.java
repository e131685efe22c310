package dev.hairpin.agent.lab;

import dev.hairpin.agent.control.RuleLine;
import dev.hairpin.agent.lab.RuleCounters.CountedRule;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.Family;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the lab shows: who asked, what came back, and the rules that made it so.
 *
 * @param published whether the agent publishes the port; otherwise rules are the user's own
 * @param visits one for each approach, in their order
 * @param rules the agent's, and others that were used, table by table as a packet meets them
 */
public record Show(boolean published, List<Visit> visits, List<ShownRule> rules) {
  /** Programs read the same everywhere. */
  private static final Wording ENGLISH = Wording.of("lab", Language.ENGLISH);

  public Show {
    visits = List.copyOf(visits);
    rules = List.copyOf(rules);
  }

  /**
   * A rule.
   *
   * @param number how the show refers to it, from 1
   * @param reason one line; empty for a rule that the agent did not write
   * @param usedBy the approaches whose packets it matched
   */
  record ShownRule(int number, CountedRule rule, String reason, Set<Approach> usedBy) {
    ShownRule {
      usedBy = Set.copyOf(usedBy);
    }
  }

  /**
   * Puts together what was asked and what the agent says about its rules.
   *
   * @param ours the agent's rules; none where no agent is
   */
  static Show of(boolean published, Visitor.Round round, List<RuleLine> ours) {
    Map<CountedRule, String> reasons = new HashMap<>();
    for (RuleLine line : ours) {
      reasons.put(
          new CountedRule(family(line.family()), line.table(), line.chain(), line.rule()),
          line.reason());
    }
    List<ShownRule> rules = new ArrayList<>();
    for (CountedRule rule : round.counters().rules()) {
      Set<Approach> users = usersOf(rule, round.visits());
      if (reasons.containsKey(rule) || !users.isEmpty()) {
        rules.add(new ShownRule(rules.size() + 1, rule, reasons.getOrDefault(rule, ""), users));
      }
    }
    return new Show(published, round.visits(), rules);
  }

  /** The rule that is shown with a number. */
  public Optional<NumberedRule> numbered(int number) {
    return rules.stream()
        .filter(shown -> shown.number() == number)
        .map(shown ->
            new NumberedRule(
                shown.rule().family(),
                shown.rule().table(),
                shown.rule().chain(),
                shown.rule().rule(),
                shown.reason()))
        .findFirst();
  }

  /**
   * A rule, as iptables-save writes it.
   *
   * @param rule from {@code -A} on
   * @param reason why it is there; empty for a rule that the agent did not write
   */
  public record NumberedRule(
      Family family, String table, String chain, String rule, String reason) {}

  /** The rules that a visit used, in the order in which its packets met them. */
  List<ShownRule> way(Visit visit) {
    return visit.rules().stream().flatMap(rule -> shown(rule).stream()).toList();
  }

  private Optional<ShownRule> shown(CountedRule rule) {
    return rules.stream().filter(shown -> shown.rule().equals(rule)).findFirst();
  }

  private static Set<Approach> usersOf(CountedRule rule, List<Visit> visits) {
    Set<Approach> users = EnumSet.noneOf(Approach.class);
    for (Visit visit : visits) {
      if (visit.rules().contains(rule)) {
        users.add(visit.approach());
      }
    }
    return users;
  }

  private static Family family(String keyword) {
    return keyword.equals(Family.IPV6.keyword()) ? Family.IPV6 : Family.IPV4;
  }

  /**
   * As text for a terminal of 80 to 100 columns.
   *
   * @param coloured whether the terminal can show colours, and its user wants them
   */
  public String text(Language language, boolean coloured) {
    return ShowText.of(this, language, coloured ? ShowText.Colours.ANSI : ShowText.Colours.NONE);
  }

  /** As {@code --json} prints it. */
  public Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("published", published);
    json.put("requests", visits.stream().map(this::json).toList());
    json.put("rules", rules.stream().map(Show::json).toList());
    return json;
  }

  private Map<String, Object> json(Visit visit) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", String.valueOf(visit.approach().letter()));
    json.put("who", ENGLISH.say("who." + visit.approach()));
    json.put("namespace", visit.approach().namespace());
    json.put("address", visit.approach().address());
    json.put("port", LabNetwork.PORT);
    switch (visit.answer()) {
      case Visit.Answer.Arrived(String greeting, String source) -> {
        json.put("answer", greeting);
        json.put("source", source);
      }
      case Visit.Answer.Refused() -> json.put("error", "connection refused");
      case Visit.Answer.Silence(Duration waited) ->
          json.put("error", "no answer in " + waited.toSeconds() + " s");
      case Visit.Answer.Failed(String why) -> json.put("error", why);
    }
    json.put("carrier", visit.carrier().name().toLowerCase(Locale.ROOT));
    json.put("rules", way(visit).stream().map(ShownRule::number).toList());
    return json;
  }

  private static Map<String, Object> json(ShownRule shown) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("number", shown.number());
    json.put("family", shown.rule().family().keyword());
    json.put("table", shown.rule().table());
    json.put("chain", shown.rule().chain());
    json.put("rule", shown.rule().rule());
    json.put("reason", shown.reason());
    json.put(
        "usedBy",
        new TreeSet<>(shown.usedBy())
            .stream().map(approach -> String.valueOf(approach.letter())).toList());
    return json;
  }
}
