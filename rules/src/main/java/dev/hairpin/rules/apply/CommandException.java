package dev.hairpin.rules.apply;

/**
 * A tool could not be run to its end: it is not installed, did not finish in time, or was
 * interrupted.
 */
public final class CommandException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean notInstalled;

  public CommandException(String message, Throwable cause) {
    super(message, cause);
    this.notInstalled = false;
  }

  private CommandException(String message) {
    super(message);
    this.notInstalled = true;
  }

  /** The tool isn't there. */
  public static CommandException notInstalled(String message) {
    return new CommandException(message);
  }

  public boolean isNotInstalled() {
    return notInstalled;
  }
}
