package dev.hairpin.rules.iptables;

/** Under which names our chains go, which depends on who else writes rules on this host. */
public enum ChainNames {
  /**
   * dockerd's own: DOCKER, DOCKER-ISOLATION-STAGE-1 and -2. For a host where dockerd writes no
   * rules ({@code "iptables": false}) or does not run at all; the rules are then exactly those that
   * it would write.
   */
  DOCKER,

  /**
   * Names of our own, beside a dockerd that writes its rules: chains HAIRPIN, HAIRPIN-FORWARD and
   * HAIRPIN-POSTROUTING. In chains of others there is nothing of ours but the jumps into these.
   * Filtering hangs in DOCKER-USER, which dockerd leaves to its users and keeps over a restart.
   */
  HAIRPIN
}
