package dev.hairpin.rules.trace;

import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.trace.ChainWalk.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes a packet through base chains, and notes each. */
final class Way {
  private final Passage passage;
  private final List<Hop> hops = new ArrayList<>();

  Way(Passage passage) {
    this.passage = passage;
  }

  Outcome through(Hook hook, BaseChain chain) {
    Packet before = passage.packet();
    List<Trace.Step> steps = new ArrayList<>();
    Outcome outcome = new ChainWalk(passage, steps).through(chain);
    add(hook, Optional.of(chain.scope().place(chain.name())), before, steps);
    return outcome;
  }

  /** The chain that was asked last has bound the connection: its packet goes on changed. */
  void bound() {
    Hop last = hops.removeLast();
    add(last.hook(), last.chain(), last.before(), last.steps());
  }

  /** The packet goes on changed, and no chain was asked. */
  void translated(Hook hook, Packet before) {
    if (!before.equals(passage.packet())) {
      add(hook, Optional.empty(), before, List.of());
    }
  }

  private void add(Hook hook, Optional<Place> chain, Packet before, List<Trace.Step> steps) {
    hops.add(
        new Hop(hook, chain, passage.input(), passage.output(), before, passage.packet(), steps));
  }

  List<Hop> hops() {
    return List.copyOf(hops);
  }
}
