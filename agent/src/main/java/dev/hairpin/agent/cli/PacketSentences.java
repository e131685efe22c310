package dev.hairpin.agent.cli;

import dev.hairpin.agent.walk.Obstacle;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.Optional;

/** What is said of a packet in one language, whether it was predicted or followed. */
final class PacketSentences {
  private final Wording wording;

  PacketSentences(Language language) {
    this.wording = Wording.of("walk", language);
  }

  /** {@code 192.0.2.2:40000 → 192.0.2.1:8080/tcp, arriving by eth0}. */
  String packet(Packet packet) {
    String ends =
        HopTable.arrow(packet) + packet.protocol().map(protocol -> "/" + protocol).orElse("");
    return switch (packet.origin()) {
      case Packet.Origin.ThisHost() -> wording.say("packet.sent", ends);
      case Packet.Origin.Arriving(String by) -> wording.say("packet.arriving", ends, by);
      case Packet.Origin.Bridged(String bridge) -> wording.say("packet.bridged", ends, bridge);
    };
  }

  String verdict(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Delivered(IpAddress address, int port) ->
          port == 0
              ? wording.say("verdict.delivered.ping")
              : wording.say("verdict.delivered", address.withPort(port));
      case Verdict.Forwarded(IpAddress address, int port, String by) ->
          wording.say("verdict.forwarded", by, HopTable.receiver(address, port));
      case Verdict.Dropped(Place at, Optional<Rule> rule) ->
          rule.map(dropping -> ofRule("verdict.dropped", at, dropping))
              .orElseGet(() -> wording.say("verdict.policy", at));
      case Verdict.Rejected(Place at, Rule rule) -> ofRule("verdict.rejected", at, rule);
      case Verdict.Unroutable(IpAddress address) -> wording.say("verdict.unroutable", address);
      case Verdict.Unknown(Place at, Rule rule) -> ofRule("verdict.unknown", at, rule);
    };
  }

  private String ofRule(String key, Place at, Rule rule) {
    return wording.say(key, at, HopTable.text(at, rule), whose(at, rule));
  }

  /** {@code Hairpin's}, {@code ufw's; ...}, or that nothing tells. */
  String whose(Place at, Rule rule) {
    return wording.say("whose." + Whose.of(at, rule.reason()));
  }

  String obstacle(Obstacle obstacle) {
    return switch (obstacle) {
      case Obstacle.Loopback() -> wording.say("obstacle.loopback");
      case Obstacle.OwnAddress(IpAddress source) -> wording.say("obstacle.own-address", source);
      case Obstacle.NoRoute(IpAddress destination) -> wording.say("obstacle.no-route", destination);
      case Obstacle.NoForwarding forwarding ->
          wording.say("obstacle.no-forwarding", forwarding.sysctl());
      case Obstacle.Forbidden(IpAddress destination) ->
          wording.say("obstacle.forbidden", destination);
    };
  }

  /** {@code container web}. */
  String publisher(Publisher publisher) {
    return switch (publisher) {
      case Publisher.Container(String id, String name) -> wording.say("publisher.container", name);
      case Publisher.Namespace(String name) -> wording.say("publisher.namespace", name);
      case Publisher.StandIn standIn -> standIn.toString();
    };
  }
}
