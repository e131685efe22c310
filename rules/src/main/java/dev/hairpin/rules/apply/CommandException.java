package dev.hairpin.rules.apply;

/**
 * A tool could not be run to its end: it is not installed, did not finish in time, or was
 * interrupted.
 */
public final class CommandException extends Exception {
  private static final long serialVersionUID = 1L;

  public CommandException(String message) {
    super(message);
  }

  public CommandException(String message, Throwable cause) {
    super(message, cause);
  }
}
