package dev.hairpin.agent.tour;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * One step of a tour. What is said about it is in the tour's bundle, under its id: {@code
 * ID.title}, {@code ID.doing}, {@code ID.question}, {@code ID.choice.1} and so on, {@code ID.why}.
 *
 * @param right which of the choices is right, from 1; 0 where nothing is asked
 * @param needs a command that succeeds where the step can be done; it can be everywhere if empty
 * @param acts what is done, in this order
 * @param undo what takes it back
 */
public record Step(String id, int right, Optional<Typed> needs, List<Act> acts, List<Act> undo) {
  public Step {
    requireNonNull(id, "id");
    requireNonNull(needs, "needs");
    acts = List.copyOf(acts);
    undo = List.copyOf(undo);
  }

  /** A step that changes nothing that lasts. */
  static Step of(String id, int right, Act... acts) {
    return new Step(id, right, Optional.empty(), List.of(acts), List.of());
  }

  /** The same with what takes it back. */
  Step undoneBy(Act... undo) {
    return new Step(id, right, needs, acts, List.of(undo));
  }

  /** The same, only where a command succeeds. */
  Step where(String needs) {
    return new Step(id, right, Optional.of(Typed.of(needs)), acts, undo);
  }
}
