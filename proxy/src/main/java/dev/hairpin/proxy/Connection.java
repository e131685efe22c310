package dev.hairpin.proxy;

/** A client's connection through a {@link ConnectionPort}. */
interface Connection {
  /** Resets both ends and waits until they are closed. Not on an event loop; twice is harmless. */
  void resetAndWait();
}
