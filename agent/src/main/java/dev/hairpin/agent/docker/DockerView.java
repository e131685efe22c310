package dev.hairpin.agent.docker;

/** Reads Docker. */
public interface DockerView {
  /**
   * Asks Docker for everything that matters here. Takes milliseconds, and never more than its
   * deadline.
   *
   * @throws DockerUnreachableException if Docker does not answer; what it said before still stands
   */
  DockerSnapshot snapshot() throws DockerUnreachableException;
}
