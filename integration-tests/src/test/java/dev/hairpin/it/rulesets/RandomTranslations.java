package dev.hairpin.it.rulesets;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Addresses that connections may be bound to, of everybody at the {@link Crossroads}. */
final class RandomTranslations {
  private final Addresses addresses;

  RandomTranslations(Family family) {
    this.addresses = Addresses.of(family);
  }

  /** To another address, and perhaps to another port. */
  Arbitrary<Action> dnat() {
    return Combinators.combine(
            Arbitraries.of(addresses.all()), Arbitraries.of(Question.PORTS).optional(0.7))
        .as((to, port) ->
            new Action.Dnat(to, port.map(OptionalInt::of).orElse(OptionalInt.empty())));
  }

  /** To another address; the port stays. */
  Arbitrary<Action.Dnat> dnatOfAddress() {
    return Arbitraries.of(addresses.all()).map(to -> new Action.Dnat(to, OptionalInt.empty()));
  }

  /** To another address and port. */
  Arbitrary<Action.Dnat> dnatOfPort() {
    return Combinators.combine(
            Arbitraries.of(addresses.all()), Arbitraries.of(Question.PORTS).map(OptionalInt::of))
        .as(Action.Dnat::new);
  }

  Arbitrary<Action> snat() {
    return Arbitraries.of(
            addresses.host(), addresses.hostsOther(), addresses.gateway(), addresses.far())
        .map(Action::snatTo);
  }

  /** What may be done where packets leave. */
  Arbitrary<Action> leaving() {
    return Arbitraries.oneOf(Arbitraries.just(Action.masquerade()), snat());
  }
}
