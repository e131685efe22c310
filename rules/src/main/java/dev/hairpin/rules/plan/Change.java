package dev.hairpin.rules.plan;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;

/** One step of a plan. */
public sealed interface Change permits Change.OfIptables, NftChange {

  /** One in a table of iptables. */
  sealed interface OfIptables extends Change {
    Table table();
  }

  /** Gives a base chain another policy. */
  record SetPolicy(Table table, Hook hook, Policy policy) implements OfIptables {
    public SetPolicy {
      requireNonNull(table, "table");
      requireNonNull(hook, "hook");
      requireNonNull(policy, "policy");
    }
  }

  /** Makes a chain hold exactly these rules, whether or not it was there before. */
  record WriteChain(Chain chain) implements OfIptables {
    public WriteChain {
      requireNonNull(chain, "chain");
      if (chain.isBase()) {
        throw new IllegalArgumentException("chain \"" + chain.name() + "\" is everybody's");
      }
    }

    @Override
    public Table table() {
      return chain.table();
    }
  }

  /** Takes away the first rule of a chain that is equal to this one. */
  record DeleteRule(Table table, String chain, Rule rule) implements OfIptables {
    public DeleteRule {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
      requireNonNull(rule, "rule");
    }
  }

  /**
   * Puts a rule into a chain.
   *
   * @param position the place that it will have; the first is 1
   */
  record InsertRule(Table table, String chain, int position, Rule rule) implements OfIptables {
    public InsertRule {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
      requireNonNull(rule, "rule");
      if (position < 1) {
        throw new IllegalArgumentException("position " + position + " is before the first");
      }
    }
  }

  /** Puts a rule at the end of a chain, whatever is there by then. */
  record AppendRule(Table table, String chain, Rule rule) implements OfIptables {
    public AppendRule {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
      requireNonNull(rule, "rule");
    }
  }

  /** Takes a chain and all its rules away. Nothing jumps to it any more. */
  record DeleteChain(Table table, String chain) implements OfIptables {
    public DeleteChain {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
    }
  }
}
