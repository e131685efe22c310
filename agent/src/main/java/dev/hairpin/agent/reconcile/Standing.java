package dev.hairpin.agent.reconcile;

/** How the agent stands to dockerd's own firewall rules. */
public enum Standing {
  /**
   * dockerd writes none ({@code --iptables=false}); all of them are ours, under dockerd's names.
   */
  REPLACE,
  /** dockerd writes its own; ours serve labels and namespaces, under names of our own. */
  BESIDE
}
