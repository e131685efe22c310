package dev.hairpin.rules.apply;

/**
 * The rules can't be read or changed now. The kernel keeps what it had; what was wanted can be
 * tried again.
 */
public final class FirewallException extends Exception {
  private static final long serialVersionUID = 1L;

  public FirewallException(String message) {
    super(message);
  }

  public FirewallException(String message, Throwable cause) {
    super(message, cause);
  }
}
