package dev.hairpin.rules.netfilter;

/** What becomes of a packet that no rule of a base chain decided. */
public enum Policy {
  ACCEPT,
  DROP
}
