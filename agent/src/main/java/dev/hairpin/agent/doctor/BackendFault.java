package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Objects;

/**
 * Why a container can't answer what it gets.
 *
 * @param subject the container's name, with the port where it is about one
 * @param parts of the sentence, see {@link Finding}
 * @param evidence as a tool prints it
 */
record BackendFault(
    Code code, String subject, List<String> parts, List<String> evidence, List<Remedy> remedies) {
  BackendFault {
    requireNonNull(code, "code");
    requireNonNull(subject, "subject");
    parts = List.copyOf(parts);
    evidence = List.copyOf(evidence);
    remedies = List.copyOf(remedies);
  }

  /** Two are equal when they are the same fault of the same subject, whoever meets it. */
  @Override
  public boolean equals(Object other) {
    return other instanceof BackendFault that && code == that.code && subject.equals(that.subject);
  }

  @Override
  public int hashCode() {
    return Objects.hash(code, subject);
  }
}
