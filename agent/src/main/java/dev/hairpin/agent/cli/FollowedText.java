package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.cli.LiveTrace.Followed;
import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.agent.walk.Prediction;
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
  private final KnownHost host;
  private final Optional<String> namespace;
  private final Paint paint;
  private final HopTable table;
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
  FollowedText(PrintWriter out, KnownHost host, Optional<String> namespace, Paint paint) {
    this.out = out;
    this.host = requireNonNull(host, "host");
    this.namespace = requireNonNull(namespace, "namespace");
    this.paint = paint;
    this.table = new HopTable(out, paint);
    this.remedy = new RemedyText(out, host.tables());
  }

  private record Half(Packet packet, PortBinding binding) {}

  /** Goes on with more of them. */
  void print(List<Followed> some) {
    table.fit(some.stream().flatMap(each -> each.packet().trace().hops().stream()).toList());
    for (Followed each : some) {
      if (number == 0) {
        begun = each.packet().heardNanos();
        table.printHeading();
      }
      out.println();
      print(each);
      number++;
    }
  }

  private void print(Followed followed) {
    TracedPacket packet = followed.packet();
    heading(packet);
    boolean isFirst = known.add(arrow(packet.packet()));
    if (isFirst) {
      table.print(packet.trace().hops());
    } else {
      table.printWithoutRules(packet.trace().hops());
    }
    say(
        packet.isSilent()
            ? "=> no chain was asked: conntrack sends it where it has sent the first"
            : "=> " + PredictionText.text(packet.trace().verdict()));
    sayWhatIsNotAsked(packet);
    followed.connection().ifPresent(new ConntrackText(out)::print);
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
                    packet.kind(), arrow(packet.packet()), (packet.heardNanos() - begun) / 1e6)
                + namespace.map(name -> "  in " + Printable.line(name)).orElse("")));
  }

  private void sayWhatIsNotAsked(TracedPacket packet) {
    boolean passesABridge = packet.packet().origin() instanceof Packet.Origin.Bridged;
    if (passesABridge && !host.network().host().bridgedMeetRules() && !saidWhatIsNotAsked) {
      saidWhatIsNotAsked = true;
      Wrapped.print(
          out,
          "iptables was not asked: the sysctl "
              + Sysctls.bridgeFilter(host.tables().family()).replace('/', '.')
              + " is 0 here, or br_netfilter is not loaded",
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
    out.println("proxied    client → proxy     " + arrow(half.packet()));
    out.println("           proxy → container  " + arrow(packet));
    String seen = half.binding().publisher() + " sees " + packet.source() + " ask";
    say(
        switch (half.binding().header()) {
          case NONE, UNDECIDED -> "The client's address is lost here: " + seen + ".";
          case V1, V2 -> seen + "; the PROXY protocol's header tells it the client's address.";
        });
  }

  private void say(String text) {
    Wrapped.print(out, text, "", WIDTH);
  }

  private static String arrow(Packet packet) {
    return HopTable.source(packet) + " → " + HopTable.destination(packet);
  }
}
