package dev.hairpin.agent;

/**
 * What was asked for can't be done here, and asking again would not help: bad input, or something
 * that the machine lacks. Nothing was changed. The message is one line, meant for the person.
 */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  public ConfigurationException(String message) {
    super(message);
  }

  public ConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
