package dev.hairpin.agent.whatif;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.lab.Reply;
import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * A question, predicted and asked.
 *
 * @param prediction of its first packet
 * @param onwards of the packet with which the proxy asks the container; empty where no proxy does
 * @param foreseen what is to come of it; empty where that is not known
 * @param reply what did come of it
 */
public record Sight(
    Prediction prediction, Optional<Prediction> onwards, Optional<Reply> foreseen, Reply reply) {
  public Sight {
    requireNonNull(prediction, "prediction");
    requireNonNull(onwards, "onwards");
    requireNonNull(foreseen, "foreseen");
    requireNonNull(reply, "reply");
  }

  /**
   * Puts together what was predicted and what came.
   *
   * @param knowsWay whether somebody who gets a packet has a way to the address it seems to be from
   */
  public static Sight of(
      Prediction prediction,
      Optional<Prediction> onwards,
      BiPredicate<IpAddress, IpAddress> knowsWay,
      Reply reply) {
    return new Sight(prediction, onwards, foreseen(prediction, onwards, knowsWay), reply);
  }

  /** Whether it came as it was foreseen. */
  public boolean isAsForeseen() {
    return foreseen.filter(reply::equals).isPresent();
  }

  /** Whether a proxy takes the question. */
  public boolean isProxied() {
    return prediction.proxied().isPresent();
  }

  private static Optional<Reply> foreseen(
      Prediction prediction,
      Optional<Prediction> onwards,
      BiPredicate<IpAddress, IpAddress> knowsWay) {
    Trace there = prediction.there();
    return switch (there.verdict()) {
      case Verdict.Forwarded(IpAddress address, int port, String by) ->
          Optional.of(
              isAnswered(prediction) && knowsWay.test(address, there.source())
                  ? new Reply.Answered(there.source().toString())
                  : new Reply.Silence());
      case Verdict.Delivered delivered -> {
        if (!isAnswered(prediction)) {
          yield Optional.of(new Reply.Silence());
        }
        yield prediction.proxied().isPresent()
            ? onwards.flatMap(next -> foreseen(next, Optional.empty(), knowsWay))
            : Optional.of(new Reply.Refused());
      }
      case Verdict.Rejected rejected -> Optional.of(new Reply.Refused());
      case Verdict.Dropped dropped -> Optional.of(new Reply.Silence());
      case Verdict.Unroutable unroutable -> Optional.of(new Reply.Silence());
      case Verdict.Unknown unknown -> Optional.empty();
    };
  }

  /** By whom it asked: whatever comes from elsewhere is no answer. */
  private static boolean isAnswered(Prediction prediction) {
    return prediction
        .back()
        .filter(back ->
            switch (back.verdict()) {
              case Verdict.Delivered delivered -> true;
              case Verdict.Forwarded forwarded -> true;
              case Verdict.Dropped dropped -> false;
              case Verdict.Rejected rejected -> false;
              case Verdict.Unroutable unroutable -> false;
              case Verdict.Unknown unknown -> false;
            })
        .filter(back -> back.source().equals(prediction.packet().destination()))
        .isPresent();
  }
}
