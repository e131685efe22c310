package dev.hairpin.rules.trace;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.trace.ChainWalk.Outcome;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Binds the ends of one connection to other addresses, as its first packet passes the hooks. */
final class Nat implements Translation {
  private final Passage passage;
  private final Way way;
  private final Set<End> bound = EnumSet.noneOf(End.class);

  Nat(Passage passage, Way way) {
    this.passage = passage;
    this.way = way;
  }

  /** An end of a connection. It is bound once: to another address, or to the one that it has. */
  private enum End {
    SOURCE,
    DESTINATION
  }

  /** Asks the chains until one has bound the connection. */
  @Override
  public Optional<Verdict> translate(Hook hook, List<BaseChain> chains) {
    if (!bound.add(boundAt(hook))) {
      return Optional.empty();
    }
    for (BaseChain chain : chains) {
      switch (way.through(hook, chain)) {
        case Outcome.Passed() -> {}
        case Outcome.Bound bond -> {
          if (isContested(bond, chain, chains) || !passage.bind(bond.translation())) {
            return Optional.of(new Verdict.Unknown(bond.at(), bond.rule()));
          }
          way.bound();
          return Optional.empty();
        }
        case Outcome.Stopped(Verdict verdict) -> {
          return Optional.of(verdict);
        }
      }
    }
    return Optional.empty();
  }

  private static End boundAt(Hook hook) {
    return switch (hook) {
      case PREROUTING, OUTPUT -> End.DESTINATION;
      case INPUT, POSTROUTING -> End.SOURCE;
      case FORWARD -> throw new IllegalArgumentException("nothing is translated at " + hook);
    };
  }

  /** Whether a chain that may as well have been asked first decides otherwise. */
  private boolean isContested(Outcome.Bound bond, BaseChain chain, List<BaseChain> chains) {
    return chains.stream()
        .filter(rival -> rival.priority() == chain.priority())
        .filter(rival -> rival.isOfNftables() != chain.isOfNftables())
        .map(rival -> new ChainWalk(passage, new ArrayList<>()).through(rival))
        .anyMatch(outcome ->
            switch (outcome) {
              case Outcome.Passed() -> false;
              case Outcome.Bound(var at, var rule, Action.Translation translation) ->
                  !translation.equals(bond.translation());
              case Outcome.Stopped stopped -> true;
            });
  }
}
