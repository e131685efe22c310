package dev.hairpin.agent.cli;

import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.stream.Stream;

/** Prints a {@link Prediction} for people. */
final class PredictionText {
  private static final int WIDTH = 80;

  private final PrintWriter out;
  private final Paint paint;
  private final RemedyText remedy;

  /**
   * @param tables that the packet meets
   */
  PredictionText(PrintWriter out, Tables tables, Paint paint) {
    this.out = out;
    this.paint = paint;
    this.remedy = new RemedyText(out, tables);
  }

  void print(Prediction prediction) {
    HopTable table = new HopTable(out, paint);
    table.fit(hops(prediction).toList());
    print(prediction, table);
    prediction
        .onwards()
        .ifPresent(onwards -> {
          out.println();
          say("The proxy's own connection: " + packet(onwards.packet()));
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
    indented("if it doesn't match: " + text(either.without()));
    indented(
        "if it matches: "
            + either
                .with()
                .map(PredictionText::text)
                .orElse("nobody here knows what it does to the packet"));
  }

  private void print(Prediction prediction, Trace back, HopTable table) {
    Packet asked = prediction.packet();
    Packet received = prediction.there().last();
    boolean isTranslated =
        !HopTable.source(asked).equals(HopTable.source(received))
            || !HopTable.destination(asked).equals(HopTable.destination(received));
    out.println();
    new ConntrackText(out)
        .print(
            HopTable.source(asked) + " → " + HopTable.destination(asked),
            HopTable.destination(received) + " → " + HopTable.source(received),
            isTranslated);
    out.println();
    say("The answer");
    out.println();
    table.print(back.hops());
    say("=> " + answered(asked, back));
    remedy.print(back);
  }

  private static String answered(Packet asked, Trace back) {
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
      return text(back.verdict()) + ", and no answer gets out";
    }
    return back.source().equals(asked.destination())
        ? asked.source() + " gets it from " + HopTable.source(back.last()) + ", whom it asked"
        : asked.source()
            + " gets it from "
            + HopTable.source(back.last())
            + ", whom it never asked, and throws it away";
  }

  private static String outcome(Prediction prediction) {
    String text = text(prediction.there().verdict());
    Optional<String> proxy =
        prediction
            .proxied()
            .map(binding ->
                ": the userland proxy, which listens there for "
                    + binding.publisher()
                    + " and connects to "
                    + binding.containerAddress().withPort(binding.containerPort())
                    + " itself; who asks is lost on the way");
    return text
        + prediction.obstacle().map(why -> ": " + why).orElse("")
        + proxy.orElse(seen(prediction));
  }

  private static String seen(Prediction prediction) {
    return prediction.there().verdict() instanceof Verdict.Forwarded
        ? ", which sees " + prediction.there().source() + " ask"
        : "";
  }

  /** {@code 192.0.2.2:40000 → 192.0.2.1:8080/tcp, arriving by eth0}. */
  static String packet(Packet packet) {
    return HopTable.source(packet)
        + " → "
        + HopTable.destination(packet)
        + packet.protocol().map(protocol -> "/" + protocol).orElse("")
        + switch (packet.origin()) {
          case Packet.Origin.ThisHost() -> ", sent by this host";
          case Packet.Origin.Arriving(String by) -> ", arriving by " + by;
          case Packet.Origin.Bridged(String bridge) ->
              ", from one port of " + bridge + " to another";
        };
  }

  static String text(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Delivered(IpAddress address, int port) ->
          port == 0
              ? "for this host"
              : "for this host: whoever listens on " + address.withPort(port);
      case Verdict.Forwarded(IpAddress address, int port, String by) ->
          "leaves by " + by + " for " + HopTable.receiver(address, port);
      case Verdict.Dropped(Place at, Optional<Rule> rule) ->
          rule.map(dropping -> "dropped by " + rule(at, dropping))
              .orElse("dropped by the policy of " + at + ": no rule accepted it");
      case Verdict.Rejected(Place at, Rule rule) ->
          "rejected, and the sender is told, by " + rule(at, rule);
      case Verdict.Unroutable(IpAddress address) ->
          "the kernel drops it: it has no way to " + address;
      case Verdict.Unknown(Place at, Rule rule) ->
          "hangs on a rule that Hairpin doesn't understand, " + rule(at, rule);
    };
  }

  private static String rule(Place at, Rule rule) {
    return at + ": " + HopTable.text(at, rule) + " (" + Whose.rule(at, rule.reason()) + ")";
  }

  private void indented(String text) {
    Wrapped.print(out, text, "   ", WIDTH);
  }

  private void say(String text) {
    Wrapped.print(out, text, "", WIDTH);
  }
}
