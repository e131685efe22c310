package dev.hairpin.agent.reconcile;

/** What becomes of the kernel's forwarding when a network needs it. */
public enum Forwarding {
  /**
   * It is switched on where it was off, and then FORWARD drops what nobody accepts: the host would
   * forward for everybody else too. dockerd's default.
   */
  ON_AND_DROP_OTHERS,
  /** It is switched on, and FORWARD's policy is left alone ({@code --ip-forward-no-drop}). */
  ON,
  /**
   * It is left as it is, and nobody looks ({@code --ip-forward=false}). What an agent switched on
   * earlier goes off again only with the policy that goes with it, under a layout that has none.
   */
  LEFT_ALONE
}
