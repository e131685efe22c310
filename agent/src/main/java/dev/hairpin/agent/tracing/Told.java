package dev.hairpin.agent.tracing;

/** One thing that the kernel has told of a traced packet. */
public sealed interface Told permits TraceEvent, LoggedStep {
  /** When it was read here, on the clock of {@link System#nanoTime}. */
  long heardNanos();
}
