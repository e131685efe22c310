package dev.hairpin.rules.plan;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** A chain of others in which our rules are put in order, and the changes that this takes. */
final class SharedChain {
  private final Table table;
  private final String name;
  private final List<Rule> rules;
  private final List<Change.OfIptables> changes = new ArrayList<>();

  SharedChain(Table table, String name, List<Rule> rules) {
    this.table = table;
    this.name = name;
    this.rules = new ArrayList<>(rules);
  }

  List<Change.OfIptables> changes() {
    return List.copyOf(changes);
  }

  /**
   * Makes our rules {@code head} followed by {@code tail}. Rules of ours that are right stay where
   * they are, however many rules of others are around them; the rest of ours goes, and what is
   * missing is put in front of the chain or at its end.
   */
  void arrange(Predicate<Rule> isOurs, List<Rule> head, List<Rule> tail) {
    List<Rule> wantedHead = head.stream().distinct().toList();
    List<Rule> wantedTail =
        tail.stream().distinct().filter(rule -> !wantedHead.contains(rule)).toList();
    deleteSurplus(isOurs, wantedHead, wantedTail);

    List<Rule> present = rules.stream().filter(isOurs).toList();
    if (isWhole(present, wantedHead, wantedTail)) {
      return;
    }
    Kept kept = Kept.most(present, wantedHead, wantedTail);
    present.subList(0, kept.from()).forEach(this::delete);
    present.subList(kept.to(), present.size()).forEach(this::delete);
    insertFirst(wantedHead.subList(0, wantedHead.size() - kept.ofHead()));
    append(wantedTail.subList(kept.ofTail(), wantedTail.size()), isOurs);
  }

  private static boolean isWhole(List<Rule> present, List<Rule> head, List<Rule> tail) {
    return present.size() == head.size() + tail.size()
        && present.subList(0, head.size()).equals(head)
        && present.subList(head.size(), present.size()).equals(tail);
  }

  /** Deletes ours that are not wanted, and all but the last of those that are there twice. */
  private void deleteSurplus(Predicate<Rule> isOurs, List<Rule> head, List<Rule> tail) {
    Map<Rule, Integer> surplus = new HashMap<>();
    rules.stream().filter(isOurs).forEach(rule -> surplus.merge(rule, 1, Integer::sum));
    head.forEach(rule -> surplus.computeIfPresent(rule, (same, count) -> count - 1));
    tail.forEach(rule -> surplus.computeIfPresent(rule, (same, count) -> count - 1));
    for (Rule rule : List.copyOf(rules)) {
      if (surplus.getOrDefault(rule, 0) > 0) {
        surplus.merge(rule, -1, Integer::sum);
        delete(rule);
      }
    }
  }

  /**
   * The part of our present rules that can stay: {@code from} to {@code to}, of which the first
   * {@code ofHead} are the last of the wanted head, and the other {@code ofTail} the first of the
   * wanted tail.
   */
  private record Kept(int from, int ofHead, int ofTail) {
    int to() {
      return from + ofHead + ofTail;
    }

    static Kept most(List<Rule> present, List<Rule> head, List<Rule> tail) {
      Kept best = new Kept(0, 0, 0);
      for (int split = 0; split <= present.size(); split++) {
        int ofHead = commonEnd(present.subList(0, split), head);
        int ofTail = commonStart(present.subList(split, present.size()), tail);
        if (ofHead + ofTail > best.ofHead() + best.ofTail()) {
          best = new Kept(split - ofHead, ofHead, ofTail);
        }
      }
      return best;
    }

    private static int commonEnd(List<Rule> some, List<Rule> others) {
      return commonStart(some.reversed(), others.reversed());
    }

    private static int commonStart(List<Rule> some, List<Rule> others) {
      int common = 0;
      while (common < Math.min(some.size(), others.size())
          && some.get(common).equals(others.get(common))) {
        common++;
      }
      return common;
    }
  }

  private void delete(Rule rule) {
    rules.remove(rule);
    changes.add(new Change.DeleteRule(table, name, rule));
  }

  private void insertFirst(List<Rule> missing) {
    for (int i = 0; i < missing.size(); i++) {
      insert(i, missing.get(i));
    }
  }

  private void append(List<Rule> missing, Predicate<Rule> isOurs) {
    for (Rule rule : missing) {
      int end = endOfReach(isOurs);
      if (end < rules.size()) {
        insert(end, rule);
      } else {
        rules.add(rule);
        changes.add(new Change.AppendRule(table, name, rule));
      }
    }
  }

  private void insert(int index, Rule rule) {
    rules.add(index, rule);
    changes.add(new Change.InsertRule(table, name, index + 1, rule));
  }

  /** Where, behind the last rule of ours, a RETURN stands that every packet takes; or the end. */
  private int endOfReach(Predicate<Rule> isOurs) {
    int lastOfOurs = rules.size() - 1;
    while (lastOfOurs >= 0 && !isOurs.test(rules.get(lastOfOurs))) {
      lastOfOurs--;
    }
    for (int i = lastOfOurs + 1; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      if (rule.action() instanceof Action.Return
          && rule.matches().stream().allMatch(SharedChain::isComment)) {
        return i;
      }
    }
    return rules.size();
  }

  private static boolean isComment(Match match) {
    return switch (match) {
      case Match.Comment(String text) -> true;
      // Quoted as we would not.
      case Match.Verbatim(String text) -> text.startsWith("-m comment ");
      case Match other -> false;
    };
  }
}
