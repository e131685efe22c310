package dev.hairpin.agent.docker;

/**
 * Something that is said to come from an engine can't. The message is one line, and names the place
 * in the document: {@code networks.json: [1].IPAM.Config is not an array}.
 */
public final class ImpossibleInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ImpossibleInputException(String message) {
    super(message);
  }
}
