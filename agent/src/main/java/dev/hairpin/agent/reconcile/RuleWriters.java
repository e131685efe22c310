package dev.hairpin.agent.reconcile;

import dev.hairpin.agent.posix.RuleWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which other programs have changed rules since a pass began to look. Our own tools change rules as
 * well, and are left out by their process ids. Safe for use by many threads.
 */
public final class RuleWriters {
  /** Between two passes. More are not remembered by name. */
  static final int MOST = 64;

  private final Set<RuleWriter> before = new LinkedHashSet<>();
  private final Set<RuleWriter> meanwhile = new LinkedHashSet<>();

  /** A number is used again some time, so it is forgotten after the pass that follows. */
  private Set<Long> tools = new HashSet<>();

  private Set<Long> earlierTools = new HashSet<>();

  /** A tool of ours was started. */
  public synchronized void started(long pid) {
    tools.add(pid);
  }

  /** The kernel told of a transaction. */
  public synchronized void heard(RuleWriter writer) {
    if (meanwhile.size() < MOST) {
      meanwhile.add(writer);
    }
  }

  /** Whether any of them is none of our tools. */
  public synchronized boolean areOthersAmong(List<RuleWriter> some) {
    return !others(some).isEmpty();
  }

  /** A pass begins. Whom the one before found innocent is forgotten. */
  synchronized void beginPass() {
    before.clear();
    before.addAll(others(meanwhile));
    meanwhile.clear();
    earlierTools = tools;
    tools = new HashSet<>();
  }

  /**
   * Who has changed rules since the pass before this one began. What was changed after this pass
   * had looked is found by the next, so its writers are told then as well.
   */
  synchronized List<RuleWriter> sinceLastPass() {
    Set<RuleWriter> all = new LinkedHashSet<>(before);
    all.addAll(others(meanwhile));
    return new ArrayList<>(all);
  }

  private List<RuleWriter> others(Collection<RuleWriter> some) {
    return some.stream().filter(writer -> !isOurs(writer.pid()) && !isOurs(writer.port())).toList();
  }

  private boolean isOurs(long pid) {
    return tools.contains(pid) || earlierTools.contains(pid);
  }
}
