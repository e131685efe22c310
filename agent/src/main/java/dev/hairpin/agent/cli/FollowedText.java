package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.cli.ConnectionLines.Line;
import dev.hairpin.agent.cli.LiveTrace.Followed;
import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.trace.Packet;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Prints packets that were followed: the first of each direction of a connection with its rules,
 * later ones with where they have been.
 */
final class FollowedText {
  private static final int WIDTH = 80;

  private final PrintWriter out;
  private final Wording wording;
  private final PacketSentences sentences;
  private final KnownHost host;
  private final Optional<String> namespace;
  private final Paint paint;
  private final HopTable table;
  private final ConntrackText conntrack;
  private final RemedyText remedy;
  private final Set<String> known = new HashSet<>();

  /** Connections to the proxy, whose other half has not come yet. */
  private final List<Half> halves = new ArrayList<>();

  private int number;
  private long begun;
  private boolean saidWhatIsNotAsked;

  /**
   * @param namespace what the network namespace is called, if it has a name
   */
  FollowedText(
      PrintWriter out, Language language, KnownHost host, Optional<String> namespace, Paint paint) {
    this.out = requireNonNull(out, "out");
    this.wording = Wording.of("trace", language);
    this.sentences = new PacketSentences(language);
    this.host = requireNonNull(host, "host");
    this.namespace = requireNonNull(namespace, "namespace");
    this.paint = paint;
    this.table = new HopTable(out, paint);
    this.conntrack = new ConntrackText(out, language);
    this.remedy = new RemedyText(out, language, host.tables());
  }

  private record Half(Packet packet, PortBinding binding) {}

  /** Goes on with more of them. */
  void print(List<Followed> some) {
    table.fit(some.stream().flatMap(each -> each.packet().trace().hops().stream()).toList());
    for (Followed each : some) {
      if (number == 0) {
        begun = each.packet().heardNanos();
        table.printHeading(HopTable.Heading.of(wording));
      }
      out.println();
      print(each);
      number++;
    }
  }

  private void print(Followed followed) {
    TracedPacket packet = followed.packet();
    heading(packet);
    boolean isFirst = known.add(HopTable.arrow(packet.packet()));
    if (isFirst) {
      table.print(packet.trace().hops());
    } else {
      table.printWithoutRules(packet.trace().hops());
    }
    say(
        packet.isSilent()
            ? "=> " + wording.say("silent")
            : "=> " + sentences.verdict(packet.trace().verdict()));
    sayWhatIsNotAsked(packet);
    followed.connection().ifPresent(conntrack::print);
    if (isFirst) {
      remedy.print(packet.trace());
      join(packet);
    }
  }

  private void heading(TracedPacket packet) {
    out.println(
        paint.packet(
            number,
            String.format(
                    "%s  %s  +%.1f ms",
                    packet.kind(),
                    HopTable.arrow(packet.packet()),
                    (packet.heardNanos() - begun) / 1e6)
                + namespace
                    .map(name -> "  " + wording.say("namespace", Printable.line(name)))
                    .orElse("")));
  }

  private void sayWhatIsNotAsked(TracedPacket packet) {
    boolean passesABridge = packet.packet().origin() instanceof Packet.Origin.Bridged;
    if (passesABridge && !host.network().host().bridgedMeetRules() && !saidWhatIsNotAsked) {
      saidWhatIsNotAsked = true;
      Wrapped.print(
          out,
          wording.say(
              "bridge-alone", Sysctls.bridgeFilter(host.tables().family()).replace('/', '.')),
          "   ",
          WIDTH);
    }
  }

  /** What the proxy makes of a connection is another one, and only it knows which. */
  private void join(TracedPacket followed) {
    Packet packet = followed.packet();
    Optional<PortBinding> proxied = Prediction.proxied(host.proxied(), packet, followed.trace());
    if (proxied.isPresent()) {
      halves.add(new Half(packet, proxied.get()));
      return;
    }
    halves.stream()
        .filter(half -> continues(half, packet))
        .findFirst()
        .ifPresent(half -> {
          halves.remove(half);
          sayJoined(half, packet);
        });
  }

  private static boolean continues(Half half, Packet packet) {
    return packet.origin() instanceof Packet.Origin.ThisHost
        && packet.destination().equals(half.binding().containerAddress())
        && packet.destinationPort() == half.binding().containerPort()
        && packet.protocol().filter(half.binding().protocol()::equals).isPresent();
  }

  private void sayJoined(Half half, Packet packet) {
    new ConnectionLines(out)
        .print(
            wording.say("proxied"),
            new Line(wording.say("proxied.there"), HopTable.arrow(half.packet())),
            new Line(wording.say("proxied.onwards"), HopTable.arrow(packet)));
    String key =
        switch (half.binding().header()) {
          case NONE, UNDECIDED -> "proxied.lost";
          case V1, V2 -> "proxied.told";
        };
    say(wording.say(key, sentences.publisher(half.binding().publisher()), packet.source()));
  }

  private void say(String text) {
    Wrapped.print(out, text, "", WIDTH);
  }
}
