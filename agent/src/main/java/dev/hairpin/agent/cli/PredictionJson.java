package dev.hairpin.agent.cli;

import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.LinkedHashMap;
import java.util.Map;

/** A {@link Prediction} for programs. */
final class PredictionJson {
  /** Programs read the same everywhere. */
  private static final PacketSentences SENTENCES = new PacketSentences(Language.ENGLISH);

  private PredictionJson() {}

  static Map<String, Object> of(Prediction prediction) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("packet", json(prediction.packet()));
    object.putAll(json(prediction.there()));
    prediction.back().ifPresent(back -> object.put("answer", json(back)));
    prediction.obstacle().ifPresent(why -> object.put("obstacle", SENTENCES.obstacle(why)));
    prediction
        .proxied()
        .ifPresent(binding -> object.put("proxiedFor", binding.publisher().toString()));
    prediction.onwards().ifPresent(onwards -> object.put("onwards", of(onwards)));
    prediction
        .either()
        .ifPresent(either -> {
          object.put("ifItDoesNotMatch", json(either.without()));
          either.with().ifPresent(with -> object.put("ifItMatches", json(with)));
        });
    return object;
  }

  static Map<String, Object> json(Trace trace) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("hops", trace.hops().stream().map(PredictionJson::json).toList());
    object.put("verdict", json(trace.verdict()));
    object.put("sourceSeen", trace.source().toString());
    return object;
  }

  static Map<String, Object> json(Packet packet) {
    Map<String, Object> object = new LinkedHashMap<>();
    packet.protocol().ifPresent(protocol -> object.put("protocol", protocol.keyword()));
    object.put("source", HopTable.source(packet));
    object.put("destination", HopTable.destination(packet));
    return object;
  }

  private static Map<String, Object> json(Hop hop) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("hook", hop.hook().name());
    hop.chain().ifPresent(chain -> object.put("chain", chain.toString()));
    object.put("in", hop.input());
    object.put("out", hop.output());
    object.put("before", json(hop.before()));
    object.put("after", json(hop.after()));
    object.put("rules", hop.steps().stream().map(PredictionJson::json).toList());
    return object;
  }

  private static Map<String, Object> json(Trace.Step step) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("chain", step.at().toString());
    object.put("number", step.number());
    object.put("rule", HopTable.text(step.at(), step.rule()));
    object.put("reason", HopTable.text(step.reason()));
    return object;
  }

  private static Map<String, Object> json(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Delivered(IpAddress address, int port) ->
          Map.of("kind", "delivered", "to", HopTable.receiver(address, port));
      case Verdict.Forwarded(IpAddress address, int port, String by) ->
          Map.of("kind", "forwarded", "to", HopTable.receiver(address, port), "by", by);
      case Verdict.Dropped(Place at, var rule) ->
          rule.map(dropping -> withRule("dropped", at, dropping))
              .orElseGet(() -> Map.of("kind", "dropped", "chain", at.toString(), "by", "policy"));
      case Verdict.Rejected(Place at, Rule rule) -> withRule("rejected", at, rule);
      case Verdict.Unroutable(IpAddress address) ->
          Map.of("kind", "unroutable", "to", address.toString());
      case Verdict.Unknown(Place at, Rule rule) -> withRule("unknown", at, rule);
    };
  }

  private static Map<String, Object> withRule(String kind, Place at, Rule rule) {
    return Map.of(
        "kind",
        kind,
        "chain",
        at.toString(),
        "rule",
        HopTable.text(at, rule),
        "whose",
        SENTENCES.whose(at, rule));
  }
}
