package dev.hairpin.agent.whatif;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.lab.Reply;

/** What a change has made of a question. */
public record Finding(Question question, Sight before, Sight after) {
  public Finding {
    requireNonNull(question, "question");
    requireNonNull(before, "before");
    requireNonNull(after, "after");
  }

  /** What is another after the change. */
  public enum Difference {
    NONE,
    /** It was answered, and is no more. */
    LOST,
    /** It was not answered, and is now. */
    GAINED,
    /** The server sees somebody else ask. */
    SOURCE,
    /** It comes to the same, by the proxy instead of the kernel or the other way round. */
    CARRIER,
    /** It fails, but in another way than before. */
    FAILURE
  }

  /** What was sent says it; of what can't be seen there, the prediction. */
  public Difference difference() {
    boolean wasAnswered = before.reply() instanceof Reply.Answered;
    boolean isAnswered = after.reply() instanceof Reply.Answered;
    if (wasAnswered != isAnswered) {
      return wasAnswered ? Difference.LOST : Difference.GAINED;
    }
    if (!before.reply().equals(after.reply())) {
      return isAnswered ? Difference.SOURCE : Difference.FAILURE;
    }
    return isAnswered && before.isProxied() != after.isProxied()
        ? Difference.CARRIER
        : Difference.NONE;
  }

  /** Whether both came as they were foreseen. */
  public boolean isAsForeseen() {
    return before.isAsForeseen() && after.isAsForeseen();
  }
}
