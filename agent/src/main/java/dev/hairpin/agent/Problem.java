package dev.hairpin.agent;

import static java.util.Objects.requireNonNull;

/**
 * Something that was asked for and can't be done now. The rest goes on without it; a later pass
 * tries again.
 *
 * @param subject what it is about, in the user's words: {@code label hairpin.publish of container
 *     web}
 * @param text what went wrong, and what helps
 */
public record Problem(String subject, String text) {
  public Problem {
    requireNonNull(subject, "subject");
    requireNonNull(text, "text");
  }

  @Override
  public String toString() {
    return subject + ": " + text;
  }
}
