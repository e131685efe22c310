package dev.hairpin.rules.trace;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * What a packet costs the kernel: how many rules are asked about it until one decides, or until
 * their chain ends. It is found out from the rules that matched, so for a trace of the kernel's as
 * well as for a predicted one: those that stand before a match in its chain were asked too. A
 * look-up in a map is part of its rule, however large the map is.
 *
 * @param rules that were asked, those that did not match among them
 * @param chains with rules that were gone through; one that was jumped to counts each time
 */
public record RulesAsked(int rules, int chains) {
  public static final RulesAsked NONE = new RulesAsked(0, 0);

  /** Of all hops of a packet. */
  public static RulesAsked of(Tables tables, Trace trace) {
    return trace.hops().stream().map(hop -> of(tables, hop)).reduce(NONE, RulesAsked::plus);
  }

  /** Both together. */
  public RulesAsked plus(RulesAsked other) {
    return new RulesAsked(rules + other.rules, chains + other.chains);
  }

  private static RulesAsked of(Tables tables, Hop hop) {
    Optional<Place> base = hop.chain().filter(place -> !rules(tables, place).isEmpty());
    if (base.isEmpty()) {
      return NONE;
    }
    Passing passing = new Passing(tables, hop);
    passing.enter(base.get());
    hop.steps().forEach(passing::matched);
    passing.leave();
    return new RulesAsked(passing.rules, passing.chains);
  }

  /** The way through a base chain: how far each chain has been gone through that is not left. */
  private static final class Passing {
    private final Tables tables;
    private final Hop hop;
    private final Deque<Place> entered = new ArrayDeque<>();
    private final Deque<Integer> reached = new ArrayDeque<>();
    private boolean isDecided;
    private int rules;
    private int chains;

    Passing(Tables tables, Hop hop) {
      this.tables = tables;
      this.hop = hop;
    }

    void enter(Place chain) {
      entered.push(chain);
      reached.push(0);
      chains++;
    }

    void matched(Trace.Step step) {
      // Chains in between were gone through to their ends, and nothing matched there any more.
      while (!entered.isEmpty() && !entered.peek().equals(step.at())) {
        leaveAtEnd();
      }
      if (entered.isEmpty()) {
        throw new IllegalArgumentException(
            step.at() + " is not reached from " + hop.chain().orElseThrow());
      }
      reached.pop();
      reached.push(step.number());
      switch (step.rule().action()) {
        case Action.Jump(String target) -> enter(beside(step.at(), target));
        case Action.JumpByInterface(var direction, String map) ->
            chainFor(step.at(), direction, map).ifPresent(this::enter);
        case Action.Return() -> leaveHere();
        case Action.LabelConnection label -> {}
        case Action.Verbatim(String text) -> matched(step.at(), Extension.of(text));
        case Action.Accept() -> isDecided = true;
        case Action.Drop() -> isDecided = true;
        case Action.DnatByPort lookUp -> isDecided = true;
        case Action.Translation translation -> isDecided = true;
      }
    }

    /** Behind a rule that decides, nothing more is asked. */
    void leave() {
      while (!entered.isEmpty()) {
        if (isDecided) {
          leaveHere();
        } else {
          leaveAtEnd();
        }
      }
    }

    private void leaveHere() {
      entered.pop();
      rules += reached.pop();
    }

    private void leaveAtEnd() {
      reached.pop();
      rules += rules(tables, entered.pop()).size();
    }

    private Optional<Place> chainFor(
        Place at, Action.JumpByInterface.Direction direction, String map) {
      String name =
          switch (direction) {
            case INPUT -> hop.input();
            case OUTPUT -> hop.output();
          };
      return switch (at) {
        case Place.Iptables iptables -> Optional.empty();
        case Place.Bridge bridge -> Optional.empty();
        case Place.Legacy legacy -> Optional.empty();
        case Place.Nftables(String table, String chain) ->
            tables
                .nftTable(table)
                .flatMap(found -> found.map(map))
                .flatMap(found -> Optional.ofNullable(found.jumps().get(name)))
                .map(target -> beside(at, target));
      };
    }

    private static Place beside(Place at, String chain) {
      return switch (at) {
        case Place.Iptables(var table, String from) -> new Place.Iptables(table, chain);
        case Place.Nftables(String table, String from) -> new Place.Nftables(table, chain);
        case Place.Bridge(String table, String from) -> new Place.Bridge(table, chain);
        case Place.Legacy(var table, String from) -> new Place.Legacy(table, chain);
      };
    }

    private void matched(Place at, Extension extension) {
      switch (extension) {
        case Extension.WithoutEffect() -> {}
        case Extension.SetMark mark -> {}
        case Extension.Goto(String target) -> {
          leaveHere();
          enter(beside(at, target));
        }
        case Extension.Reject() -> isDecided = true;
        case Extension.NotUnderstood() -> isDecided = true;
      }
    }
  }

  private static List<Rule> rules(Tables tables, Place place) {
    return switch (place) {
      case Place.Iptables(var table, String chain) ->
          tables.chain(table, chain).map(Chain::rules).orElse(List.of());
      case Place.Nftables(String table, String chain) ->
          tables
              .nftTable(table)
              .flatMap(found -> found.chain(chain))
              .map(NftChain::rules)
              .orElse(List.of());
      // Not in these tables, so that only those that matched are known.
      case Place.Bridge bridge -> List.of();
      case Place.Legacy legacy -> List.of();
    };
  }
}
