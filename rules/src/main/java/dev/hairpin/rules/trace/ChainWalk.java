package dev.hairpin.rules.trace;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.PrimitiveIterator;

/**
 * Goes through one base chain, and all that it jumps to, with a packet.
 *
 * @param steps where the rules that match are noted
 */
record ChainWalk(Passage passage, List<Trace.Step> steps) {
  /** The kernel follows jumps no deeper (NFT_JUMP_STACK_SIZE). */
  private static final int DEEPEST = 16;

  /** What a rule has decided. */
  sealed interface Outcome {
    /** Goes on behind this base chain. */
    record Passed() implements Outcome {}

    /** Goes on behind this base chain, with one of its ends bound to another address. */
    record Bound(Place at, Rule rule, Action.Translation translation) implements Outcome {}

    record Stopped(Verdict verdict) implements Outcome {}
  }

  /** Goes through the chain, to its policy if no rule decides. */
  Outcome through(BaseChain chain) {
    Scope scope = chain.scope();
    return walk(scope, chain.name(), scope.rules(chain.name()).orElse(List.of()), /* depth= */ 0)
        .orElseGet(() ->
            switch (chain.policy()) {
              case ACCEPT -> new Outcome.Passed();
              case DROP -> dropped(scope.place(chain.name()), Optional.empty());
            });
  }

  /** What one rule of a base chain decides, with all that it jumps to; empty where it goes on. */
  Optional<Outcome> past(Scope scope, String chain, Rule rule) {
    return walk(scope, chain, List.of(rule), /* depth= */ 0);
  }

  /** Asks rule by rule until one decides. */
  private Optional<Outcome> walk(Scope scope, String chain, List<Rule> rules, int depth) {
    Place here = scope.place(chain);
    // No rule changes the port: where one binds the connection, the walk ends.
    PrimitiveIterator.OfInt asked = RulesByPort.of(rules, passage.packet().destinationPort());
    while (asked.hasNext()) {
      int i = asked.nextInt();
      Rule rule = rules.get(i);
      Optional<Outcome> outcome = Optional.empty();
      switch (passage.holds(rule, scope)) {
        case NO -> {}
        case UNKNOWN ->
            outcome = isWithoutEffect(rule) ? outcome : Optional.of(unknown(here, rule));
        case YES -> {
          Optional<Action> action = found(scope, rule.action());
          if (action.isEmpty()) {
            continue;
          }
          steps.add(new Trace.Step(here, i + 1, rule, element(scope, rule.action())));
          if (rule.action() instanceof Action.Return) {
            return Optional.empty();
          }
          outcome = act(scope, here, rule, action.get(), depth);
          if (isLast(action.get())) {
            return outcome;
          }
        }
      }
      if (outcome.isPresent()) {
        return outcome;
      }
    }
    return Optional.empty();
  }

  private Optional<PortSet.Element> element(Scope scope, Action action) {
    return action instanceof Action.DnatByPort(var family, var byAddress, String map)
        ? scope.portSet(map).flatMap(passage::elementOf)
        : Optional.empty();
  }

  /** What an action comes to for this packet. A rule whose look-up finds nothing does not match. */
  private Optional<Action> found(Scope scope, Action action) {
    return switch (action) {
      case Action.JumpByInterface(var direction, String map) ->
          scope
              .map(map)
              .<Optional<Action>>map(known -> chainFor(direction, known).map(Action::jump))
              .orElse(Optional.of(action));
      case Action.DnatByPort(var family, var byAddress, String map) ->
          scope
              .portSet(map)
              .<Optional<Action>>map(
                  known -> passage.elementOf(known).flatMap(PortSet.Element::target))
              .orElse(Optional.of(action));
      case Action other -> Optional.of(action);
    };
  }

  private Optional<Outcome> act(Scope scope, Place here, Rule rule, Action action, int depth) {
    return switch (action) {
      case Action.Accept() -> Optional.of(new Outcome.Passed());
      case Action.Drop() -> Optional.of(dropped(here, Optional.of(rule)));
      case Action.Return() -> Optional.empty();
      case Action.Jump(String target) -> jump(scope, target, here, rule, depth);
      // Still look-ups: of maps that aren't there, or of a kind that we have no word for.
      case Action.JumpByInterface lookUp -> Optional.of(unknown(here, rule));
      case Action.DnatByPort lookUp -> Optional.of(unknown(here, rule));
      case Action.LabelConnection(int bit) -> {
        passage.label(bit);
        yield Optional.empty();
      }
      case Action.Translation translation ->
          Optional.of(new Outcome.Bound(here, rule, translation));
      case Action.Verbatim(String text) -> extension(scope, text, here, rule, depth);
    };
  }

  private Optional<Outcome> jump(Scope scope, String target, Place here, Rule rule, int depth) {
    return scope
        .rules(target)
        .filter(rules -> depth < DEEPEST)
        .map(rules -> walk(scope, target, rules, depth + 1))
        .orElseGet(() -> Optional.of(unknown(here, rule)));
  }

  private Optional<String> chainFor(Action.JumpByInterface.Direction direction, InterfaceMap map) {
    String name =
        switch (direction) {
          case INPUT -> passage.input();
          case OUTPUT -> passage.output();
        };
    return Optional.ofNullable(map.jumps().get(name));
  }

  private Optional<Outcome> extension(Scope scope, String text, Place here, Rule rule, int depth) {
    return switch (Extension.of(text)) {
      case Extension.WithoutEffect() -> Optional.empty();
      case Extension.Reject() -> Optional.of(new Outcome.Stopped(new Verdict.Rejected(here, rule)));
      case Extension.SetMark mark -> {
        passage.mark(mark.appliedTo(passage.packet().mark()));
        yield Optional.empty();
      }
      case Extension.Goto(String target) -> jump(scope, target, here, rule, depth);
      case Extension.NotUnderstood() -> Optional.of(unknown(here, rule));
    };
  }

  private static Outcome dropped(Place here, Optional<Rule> rule) {
    return new Outcome.Stopped(new Verdict.Dropped(here, rule));
  }

  private static Outcome unknown(Place here, Rule rule) {
    return new Outcome.Stopped(new Verdict.Unknown(here, rule));
  }

  /** Whether no rule behind it is asked, whatever becomes of it. */
  private static boolean isLast(Action action) {
    return action instanceof Action.Verbatim(String text)
        && Extension.of(text) instanceof Extension.Goto;
  }

  private static boolean isWithoutEffect(Rule rule) {
    return rule.action() instanceof Action.Verbatim(String text)
        && Extension.of(text) instanceof Extension.WithoutEffect;
  }
}
