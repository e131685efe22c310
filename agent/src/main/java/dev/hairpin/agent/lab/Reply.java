package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

/** What came of a question to a server of the lab. */
public sealed interface Reply {
  /**
   * The server answered.
   *
   * @param source the address that it saw
   */
  record Answered(String source) implements Reply {
    public Answered {
      requireNonNull(source, "source");
    }
  }

  /** Somebody said that nobody listens there. */
  record Refused() implements Reply {}

  /** Nothing came back. */
  record Silence() implements Reply {}

  /** Of what the visitor was told. */
  static Reply of(Visit.Answer answer) {
    return switch (answer) {
      case Visit.Answer.Arrived(String greeting, String source) -> new Answered(source);
      case Visit.Answer.Refused refused -> new Refused();
      case Visit.Answer.Silence silence -> new Silence();
      case Visit.Answer.Failed failed -> new Silence();
    };
  }
}
