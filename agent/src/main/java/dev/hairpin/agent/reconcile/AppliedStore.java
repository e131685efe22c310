package dev.hairpin.agent.reconcile;

import java.io.IOException;
import java.util.Optional;

/** Keeps the record of what was done to the host, for as long as the host runs. */
interface AppliedStore {
  /**
   * The record that was saved last; empty when there is none, or none that can be read, which is
   * then logged and set aside.
   */
  Optional<AppliedRecord> load() throws IOException;

  /** Replaces the record. If it fails, the earlier one is still there. */
  void save(AppliedRecord applied) throws IOException;

  /** Forgets it: nothing of ours is left on the host. */
  void clear() throws IOException;
}
