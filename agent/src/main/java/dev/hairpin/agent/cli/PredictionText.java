package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.io.PrintWriter;
import java.util.stream.Stream;

/** Prints a {@link Prediction} for people. */
final class PredictionText {
  private static final int WIDTH = 80;

  private final PrintWriter out;
  private final Wording wording;
  private final PacketSentences sentences;
  private final Paint paint;
  private final ConntrackText conntrack;
  private final RemedyText remedy;

  /**
   * @param tables that the packet meets
   */
  PredictionText(PrintWriter out, Language language, Tables tables, Paint paint) {
    this.out = requireNonNull(out, "out");
    this.wording = Wording.of("walk", language);
    this.sentences = new PacketSentences(language);
    this.paint = paint;
    this.conntrack = new ConntrackText(out, language);
    this.remedy = new RemedyText(out, language, tables);
  }

  void print(Prediction prediction) {
    HopTable table = new HopTable(out, paint);
    table.fit(hops(prediction).toList());
    say(sentences.packet(prediction.packet()));
    out.println();
    print(prediction, table);
    prediction
        .onwards()
        .ifPresent(onwards -> {
          out.println();
          say(wording.say("onwards", sentences.packet(onwards.packet())));
          out.println();
          print(onwards, table);
        });
  }

  private static Stream<Hop> hops(Prediction prediction) {
    return Stream.of(
            Stream.of(prediction.there()),
            prediction.back().stream(),
            prediction.onwards().stream().flatMap(PredictionText::traces))
        .flatMap(traces -> traces)
        .flatMap(trace -> trace.hops().stream());
  }

  private static Stream<Trace> traces(Prediction prediction) {
    return Stream.concat(Stream.of(prediction.there()), prediction.back().stream());
  }

  private void print(Prediction prediction, HopTable table) {
    table.print(prediction.there().hops());
    say("=> " + outcome(prediction));
    remedy.print(prediction.there());
    prediction.either().ifPresent(this::print);
    prediction.back().ifPresent(back -> print(prediction, back, table));
  }

  private void print(Prediction.Either either) {
    indented(wording.say("either.without", sentences.verdict(either.without())));
    indented(
        wording.say(
            "either.with",
            either.with().map(sentences::verdict).orElseGet(() -> wording.say("either.unknown"))));
  }

  private void print(Prediction prediction, Trace back, HopTable table) {
    Packet asked = prediction.packet();
    Packet received = prediction.there().last();
    boolean isTranslated =
        !HopTable.source(asked).equals(HopTable.source(received))
            || !HopTable.destination(asked).equals(HopTable.destination(received));
    out.println();
    conntrack.print(
        HopTable.arrow(asked),
        HopTable.destination(received) + " → " + HopTable.source(received),
        isTranslated);
    out.println();
    say(wording.say("answer"));
    out.println();
    table.print(back.hops());
    say("=> " + answered(asked, back));
    remedy.print(back);
  }

  private String answered(Packet asked, Trace back) {
    boolean arrives =
        switch (back.verdict()) {
          case Verdict.Delivered delivered -> true;
          case Verdict.Forwarded forwarded -> true;
          case Verdict.Dropped dropped -> false;
          case Verdict.Rejected rejected -> false;
          case Verdict.Unroutable unroutable -> false;
          case Verdict.Unknown unknown -> false;
        };
    if (!arrives) {
      return wording.say("answer.none", sentences.verdict(back.verdict()));
    }
    boolean wasAsked = back.source().equals(asked.destination());
    return wording.say(
        wasAsked ? "answer.asked" : "answer.stranger",
        asked.source(),
        HopTable.source(back.last()));
  }

  private String outcome(Prediction prediction) {
    String verdict = sentences.verdict(prediction.there().verdict());
    return switch (prediction.there().verdict()) {
      case Verdict.Delivered(IpAddress address, int port) ->
          prediction
              .proxied()
              .map(binding -> proxied(address.withPort(port), binding))
              .orElse(verdict);
      case Verdict.Forwarded forwarded ->
          wording.say("verdict.seen", verdict, prediction.there().source());
      case Verdict.Unroutable unroutable ->
          prediction
              .obstacle()
              .map(why -> wording.say("verdict.because", verdict, sentences.obstacle(why)))
              .orElse(verdict);
      case Verdict.Dropped dropped -> verdict;
      case Verdict.Rejected rejected -> verdict;
      case Verdict.Unknown unknown -> verdict;
    };
  }

  private String proxied(String listening, PortBinding binding) {
    return wording.say(
        "verdict.proxied",
        listening,
        sentences.publisher(binding.publisher()),
        binding.containerAddress().withPort(binding.containerPort()));
  }

  private void indented(String text) {
    Wrapped.print(out, text, "   ", WIDTH);
  }

  private void say(String text) {
    Wrapped.print(out, text, "", WIDTH);
  }
}
