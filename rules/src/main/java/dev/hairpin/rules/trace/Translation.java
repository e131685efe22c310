package dev.hairpin.rules.trace;

import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Optional;

/** What becomes of a packet's addresses where the kernel translates them. */
interface Translation {
  /**
   * Translates at a hook. A verdict is there only if the packet goes no further.
   *
   * @param chains the hook's chains of type nat, in order
   */
  Optional<Verdict> translate(Hook hook, List<BaseChain> chains);

  /**
   * Undoes for an answer what was decided for the packet that it answers. No chain is asked.
   *
   * @param asked as it was sent
   */
  record Reverse(Passage passage, Way way, Packet asked) implements Translation {
    @Override
    public Optional<Verdict> translate(Hook hook, List<BaseChain> chains) {
      Packet before = passage.packet();
      switch (hook) {
        case PREROUTING, OUTPUT -> passage.returnTo(asked);
        case INPUT, POSTROUTING -> passage.answerAs(asked);
        case FORWARD -> throw new IllegalArgumentException("nothing is translated at " + hook);
      }
      way.translated(hook, before);
      return Optional.empty();
    }
  }
}
