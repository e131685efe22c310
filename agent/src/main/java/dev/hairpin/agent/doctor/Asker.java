package dev.hairpin.agent.doctor;

import java.util.Locale;

/** Who asks a published port. */
public enum Asker {
  /** A neighbour on the network that this host reaches all others by. */
  OUTSIDE,
  /** A process of this host, at the address that others use. */
  HOST,
  /** A process of this host, at 127.0.0.1 or ::1. */
  LOCALHOST,
  /** The container whose port it is, at the host's address. */
  ITSELF,
  /** Another one on its network, at the host's address. */
  NEIGHBOUR;

  /** {@code outside}. */
  public String keyword() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return keyword();
  }
}
