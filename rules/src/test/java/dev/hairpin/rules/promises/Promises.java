package dev.hairpin.rules.promises;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The whole table. */
public final class Promises {
  private Promises() {}

  /**
   * One packet of one promise.
   *
   * @param sentence the promise, or that it isn't kept here
   * @param expected in the words of the recordings: {@code open 172.30.1.2:80 sees 192.0.2.2},
   *     {@code open} for a ping, {@code refused}, {@code timeout}
   */
  public record Case(
      LayoutName layout,
      Situation situation,
      Family family,
      String sentence,
      Question question,
      String expected) {
    @Override
    public String toString() {
      return layout + " " + family.keyword() + ", " + situation + ": " + sentence;
    }
  }

  public static Stream<Case> of(LayoutName layout) {
    return Stream.of(Situation.values())
        .filter(situation -> situation.isPossibleWith(layout))
        .flatMap(situation -> of(layout, situation));
  }

  public static Stream<Case> of(LayoutName layout, Situation situation) {
    return rows()
        .filter(promise -> promise.situations().contains(situation))
        .flatMap(promise ->
            Stream.of(Family.values())
                .flatMap(family -> of(promise, layout, situation, family).stream()));
  }

  private static Optional<Case> of(
      Promise promise, LayoutName layout, Situation situation, Family family) {
    return Optional.ofNullable(promise.expected().get(layout))
        .filter(outcome -> promise.families().contains(family))
        .filter(outcome -> promise.question().canBeAskedOver(family))
        .map(outcome ->
            new Case(
                layout,
                situation,
                family,
                promise.breakers().contains(layout)
                    ? "it is not so that " + promise.sentence()
                    : promise.sentence(),
                promise.question(),
                outcome.text(family)));
  }

  private static Stream<Promise> rows() {
    return Stream.of(
            PublishedPorts.onAllAddresses(),
            PublishedPorts.fromTheHost(),
            PublishedPorts.fromContainers(),
            PublishedPorts.onOneAddress(),
            PublishedPorts.announced(),
            PublishedPorts.acrossFamilies(),
            DirectAccess.fromOutside(),
            DirectAccess.ofOpenNetworks(),
            DirectAccess.fromOtherNetworks(),
            Isolation.amongMembers(),
            Isolation.ofInternalNetworks(),
            Outgoing.fromContainers(),
            Outgoing.inTransit(),
            OthersRules.inForward(),
            OthersRules.inATableOfItsOwn(),
            OthersRules.ofTheUser())
        .flatMap(List::stream);
  }
}
