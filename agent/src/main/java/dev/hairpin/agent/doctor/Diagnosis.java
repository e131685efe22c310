package dev.hairpin.agent.doctor;

import java.util.List;

/**
 * What came out.
 *
 * @param checked each way, in order of the ports
 * @param findings what is wrong
 * @param notes what is not wrong, and surprises people all the same
 */
public record Diagnosis(List<Checked> checked, List<Finding> findings, List<Finding> notes) {
  public Diagnosis {
    checked = List.copyOf(checked);
    findings = List.copyOf(findings);
    notes = List.copyOf(notes);
  }

  /** How it goes on a way. */
  public enum Reach {
    /** Rules send it to the container. */
    REACHED,
    /** The userland proxy does. */
    BY_PROXY,
    /** It is lost. */
    LOST,
    /** It is not meant to be reached this way: the port is published elsewhere. */
    NOT_MEANT,
    /** What was looked up does not tell. */
    UNKNOWN
  }

  /**
   * A way, and how it goes.
   *
   * @param sourceSeen whom the container takes for the client; empty where it is not reached
   */
  public record Checked(Way way, Reach reach, String sourceSeen) {}
}
