package dev.hairpin.rules.trace;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.Hook;
import java.util.List;
import java.util.Optional;

/**
 * A packet's passage through one base chain and all that it jumps to.
 *
 * @param chain the base chain; empty where the kernel gives an answer back the addresses that the
 *     asker knows, which no rule decides
 * @param input the interface that the packet came in by; empty for what this host sends
 * @param output the interface that it is to leave by; empty while that is not decided
 * @param before as it came
 * @param after as it went on, if it did
 * @param steps the rules that matched, in order
 */
public record Hop(
    Hook hook,
    Optional<Place> chain,
    String input,
    String output,
    Packet before,
    Packet after,
    List<Trace.Step> steps) {
  public Hop {
    requireNonNull(hook, "hook");
    requireNonNull(chain, "chain");
    requireNonNull(input, "input");
    requireNonNull(output, "output");
    requireNonNull(before, "before");
    requireNonNull(after, "after");
    steps = List.copyOf(steps);
  }

  /** Whether it was sent on under another address than it came with, or to another. */
  public boolean isTranslated() {
    return !before.source().equals(after.source())
        || !before.destination().equals(after.destination())
        || !before.payload().equals(after.payload());
  }

  /** The same, from which the packet goes on like that. */
  public Hop into(Packet changed) {
    return new Hop(hook, chain, input, output, before, changed, steps);
  }
}
