package dev.hairpin.rules.netfilter;

/**
 * Where in a packet's way through the host a base chain is called. The name is also iptables' name
 * of the chain.
 */
public enum Hook {
  /** Just arrived, before the routing decision. */
  PREROUTING,
  /** On the way to a socket of this host. */
  INPUT,
  /** Routed through, from one interface to another. */
  FORWARD,
  /** Sent by a process of this host, before the final routing decision. */
  OUTPUT,
  /** About to leave. */
  POSTROUTING
}
