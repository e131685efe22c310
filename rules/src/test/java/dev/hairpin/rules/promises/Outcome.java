package dev.hairpin.rules.promises;

import dev.hairpin.rules.address.Family;

/** What a sender gets. */
public sealed interface Outcome {
  /**
   * An answer.
   *
   * @param port where it was received
   * @param seen whom the receiver saw
   */
  record Answer(Spot by, int port, Spot seen) implements Outcome {}

  /** The answer to a ping. */
  record Echo() implements Outcome {}

  record Refusal() implements Outcome {}

  record Silence() implements Outcome {}

  static Outcome answer(Station by, int port, Spot seen) {
    return new Answer(by.spot(), port, seen);
  }

  /** In the words of the recordings. */
  default String text(Family family) {
    return switch (this) {
      case Answer(Spot by, int port, Spot seen) ->
          "open " + by.address(family).withPort(port) + " sees " + seen.address(family);
      case Echo() -> "open";
      case Refusal() -> "refused";
      case Silence() -> "timeout";
    };
  }
}
