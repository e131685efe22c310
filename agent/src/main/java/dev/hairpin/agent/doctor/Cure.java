package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * One difference put right, on paper only. If a packet arrives with it, and does not without it, it
 * is what is wrong.
 */
sealed interface Cure {
  /** A change of rules. */
  sealed interface OfRules extends Cure {
    Family family();
  }

  /** A rule of an author's that is not there is put where it should be. */
  record PutBack(Family family, Place at, Rule rule) implements OfRules {}

  /** A table of nftables' that is an author's whole is made what it should be. */
  record PutBackTable(Family family, String table) implements OfRules {}

  /**
   * A rule is taken out of its chain, as often as it is there.
   *
   * @param met the way of the packet that met it; not compared
   */
  record TakeOut(Family family, Place at, Rule rule, Trace met) implements OfRules {
    /** Whether the packet's way ended at this very rule. */
    boolean isEnd() {
      return switch (met.verdict()) {
        case Verdict.Dropped(Place end, Optional<Rule> by) ->
            end.equals(at) && by.equals(Optional.of(rule));
        case Verdict.Rejected(Place end, Rule by) -> end.equals(at) && by.equals(rule);
        case Verdict.Unknown(Place end, Rule by) -> end.equals(at) && by.equals(rule);
        case Verdict.Delivered other -> false;
        case Verdict.Forwarded other -> false;
        case Verdict.Unroutable other -> false;
      };
    }

    /** {@code -j CT --notrack}, {@code -j NOTRACK}, or nftables' {@code notrack}. */
    boolean untracks() {
      return rule.action() instanceof Action.Verbatim(String text)
          && text.toLowerCase(Locale.ROOT).contains("notrack")
          && rule.matches().stream().noneMatch(match -> match instanceof Match.Verbatim);
    }

    /** Whether nobody can tell what the rule does to the packet. */
    boolean isDoubt() {
      return isEnd() && met.verdict() instanceof Verdict.Unknown && !untracks();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof TakeOut that
          && family == that.family
          && at.equals(that.at)
          && rule.equals(that.rule);
    }

    @Override
    public int hashCode() {
      return Objects.hash(family, at, rule);
    }
  }

  /**
   * A base chain accepts what none of its rules decides about.
   *
   * @param met the way of the packet that met it; not compared
   */
  record Accept(Family family, Place at, Trace met) implements OfRules {
    @Override
    public boolean equals(Object other) {
      return other instanceof Accept that && family == that.family && at.equals(that.at);
    }

    @Override
    public int hashCode() {
      return Objects.hash(family, at);
    }
  }

  /** This host forwards. */
  record Forward(Family family) implements Cure {}

  /** A bridge is up, and leads to its network. */
  record Connect(BridgeNetwork network) implements Cure {}

  /** Loopback addresses may pass an interface. */
  record PassLoopback(String bridge) implements Cure {}

  /** Packets that a bridge passes meet the rules. */
  record FilterBridged(Family family) implements Cure {}

  /**
   * The userland proxy listens for a port.
   *
   * @param instead who does so now
   */
  record Proxy(PortBinding binding, Optional<Listener> instead) implements Cure {}

  /** Something inside the container, or on its wire, is as it should be. */
  record Inside(BackendFault fault) implements Cure {
    public Inside {
      requireNonNull(fault, "fault");
    }
  }
}
