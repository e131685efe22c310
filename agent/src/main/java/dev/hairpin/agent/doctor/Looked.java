package dev.hairpin.agent.doctor;

/** What was looked up; and what is asked of it thousands of times, made to be found at once. */
record Looked(Evidence evidence, Sockets sockets, Holders holders) {
  static Looked of(Evidence evidence) {
    return new Looked(evidence, new Sockets(evidence), new Holders(evidence));
  }
}
