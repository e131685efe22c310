package dev.hairpin.agent.docker;

/** Docker can't be asked now. It may be restarting; ask again. */
public final class DockerUnreachableException extends Exception {
  private static final long serialVersionUID = 1L;

  public DockerUnreachableException(String message, Throwable cause) {
    super(message, cause);
  }
}
