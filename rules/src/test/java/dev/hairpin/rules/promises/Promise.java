package dev.hairpin.rules.promises;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One row: what comes of a packet.
 *
 * @param sentence the promise
 * @param expected by layout; one that isn't there has nothing to do with it
 * @param breakers the layouts of {@code expected} that don't keep the promise
 */
public record Promise(
    String sentence,
    Set<Situation> situations,
    Set<Family> families,
    Question question,
    Map<LayoutName, Outcome> expected,
    Set<LayoutName> breakers) {
  public Promise {
    situations = Set.copyOf(situations);
    families = Set.copyOf(families);
    expected = Map.copyOf(expected);
    breakers = Set.copyOf(breakers);
  }

  /** Begins a row. It holds for both families where both ends have them. */
  static Draft promise(String sentence) {
    return new Draft(sentence);
  }

  /** This, but that layout doesn't keep it. */
  Promise except(LayoutName breaker, Outcome outcome) {
    Map<LayoutName, Outcome> others = new EnumMap<>(LayoutName.class);
    others.putAll(expected);
    others.put(breaker, outcome);
    Set<LayoutName> more = EnumSet.of(breaker);
    more.addAll(breakers);
    return new Promise(sentence, situations, families, question, others, more);
  }

  /** This, and that layout keeps it as the first ones do. */
  Promise again(LayoutName keeper, Outcome outcome) {
    Map<LayoutName, Outcome> others = new EnumMap<>(expected);
    others.put(keeper, outcome);
    Set<LayoutName> fewer = EnumSet.copyOf(breakers);
    fewer.remove(keeper);
    return new Promise(sentence, situations, families, question, others, fewer);
  }

  /** This, but that layout and later ones don't keep it. */
  Promise until(LayoutName firstBreaker, Outcome outcome) {
    Promise promise = this;
    for (LayoutName layout : LayoutName.values()) {
      if (layout.compareTo(firstBreaker) >= 0) {
        promise = promise.except(layout, outcome);
      }
    }
    return promise;
  }

  /** A row in the making. */
  static final class Draft {
    private final String sentence;
    private final Set<Situation> situations = EnumSet.noneOf(Situation.class);
    private final Set<Family> families = EnumSet.allOf(Family.class);
    private Station from;
    private Spot to;
    private Question question;

    private Draft(String sentence) {
      this.sentence = sentence;
    }

    Draft in(Situation first, Situation... rest) {
      situations.addAll(EnumSet.of(first, rest));
      return this;
    }

    Draft over(Family only) {
      families.retainAll(Set.of(only));
      return this;
    }

    Draft from(Station sender) {
      from = sender;
      return this;
    }

    Draft to(Station receiver) {
      return to(receiver.spot());
    }

    Draft to(Spot receiver) {
      to = receiver;
      return this;
    }

    Draft tcp(int port) {
      question = new Question(from, to, Question.Kind.TCP, port);
      return this;
    }

    Draft udp(int port) {
      question = new Question(from, to, Question.Kind.UDP, port);
      return this;
    }

    Draft ping() {
      question = new Question(from, to, Question.Kind.PING, 0);
      return this;
    }

    Promise always(Outcome outcome) {
      return on(Stream.of(LayoutName.values()), outcome);
    }

    /** Earlier layouts have nothing to do with it. */
    Promise since(LayoutName first, Outcome outcome) {
      return on(
          Stream.of(LayoutName.values()).filter(layout -> layout.compareTo(first) >= 0), outcome);
    }

    /** Earlier layouts don't keep it. */
    Promise since(LayoutName first, Outcome outcome, Outcome before) {
      Promise promise = since(first, outcome);
      for (LayoutName layout : LayoutName.values()) {
        if (layout.compareTo(first) < 0) {
          promise = promise.except(layout, before);
        }
      }
      return promise;
    }

    private Promise on(Stream<LayoutName> layouts, Outcome outcome) {
      Map<LayoutName, Outcome> expected = new EnumMap<>(LayoutName.class);
      layouts.forEach(layout -> expected.put(layout, outcome));
      return new Promise(sentence, situations, families, question, expected, Set.of());
    }
  }
}
