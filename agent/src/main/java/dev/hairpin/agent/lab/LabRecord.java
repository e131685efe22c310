package dev.hairpin.agent.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * What the lab made, written down as it is made, so that all of it is found again also after a
 * crash.
 *
 * @param published whether the port is published, or left to be done by hand
 * @param complete whether everything was made
 * @param processes in the order in which they were started
 */
record LabRecord(boolean published, boolean complete, List<LabProcess> processes) {
  LabRecord {
    processes = List.copyOf(processes);
  }

  /** Of a lab that nothing was made of yet. */
  static LabRecord begun(boolean published) {
    return new LabRecord(published, false, List.of());
  }

  LabRecord with(LabProcess process) {
    List<LabProcess> more = new ArrayList<>(processes);
    more.add(process);
    return new LabRecord(published, complete, more);
  }

  /** While it is not as it was made: whoever finds it so makes it again. */
  LabRecord begunAgain() {
    return new LabRecord(published, false, processes);
  }

  /** Without those that have ended. */
  LabRecord withoutEnded() {
    return new LabRecord(
        published, complete, processes.stream().filter(LabProcess::isAlive).toList());
  }

  LabRecord completed() {
    return new LabRecord(published, true, processes);
  }
}
