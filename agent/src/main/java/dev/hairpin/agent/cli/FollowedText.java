package dev.hairpin.agent.cli;

import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Prints packets that were followed: the first of each direction of a connection with its rules,
 * later ones with where they have been.
 */
final class FollowedText {
  private static final int WIDTH = 80;

  /** One packet after the other, then again: magenta, yellow, cyan, green, blue. */
  private static final List<Integer> COLOURS = List.of(35, 33, 36, 32, 34);

  private final PrintWriter out;
  private final Host host;
  private final boolean coloured;
  private boolean saidWhatIsNotAsked;

  FollowedText(PrintWriter out, Host host, boolean coloured) {
    this.out = out;
    this.host = host;
    this.coloured = coloured;
  }

  void print(List<TracedPacket> packets) {
    List<Hop> hops = packets.stream().flatMap(packet -> packet.trace().hops().stream()).toList();
    HopTable table = new HopTable(out, hops);
    Set<String> known = new HashSet<>();
    long begun = packets.getFirst().heardNanos();
    int number = 0;
    for (TracedPacket packet : packets) {
      if (number > 0) {
        out.println();
      }
      heading(packet, begun, COLOURS.get(number++ % COLOURS.size()));
      boolean isFirst = known.add(ends(packet.packet()));
      if (isFirst) {
        table.print(packet.trace().hops());
      } else {
        table.printWithoutRules(packet.trace().hops());
      }
      Wrapped.print(
          out,
          packet.isSilent()
              ? "=> no chain was asked: conntrack sends it where it has sent the first"
              : "=> " + PredictionText.text(packet.trace().verdict()),
          "",
          WIDTH);
      if (!host.bridgedMeetRules() && passesABridge(packet) && !saidWhatIsNotAsked) {
        saidWhatIsNotAsked = true;
        Wrapped.print(
            out,
            "iptables was not asked: the sysctl "
                + bridgeFilter(packet)
                + " is 0 here, or br_netfilter is not loaded",
            "   ",
            WIDTH);
      }
    }
  }

  private static boolean passesABridge(TracedPacket packet) {
    return packet.packet().origin() instanceof Packet.Origin.Bridged;
  }

  private static String bridgeFilter(TracedPacket packet) {
    return Sysctls.bridgeFilter(packet.packet().destination().family()).replace('/', '.');
  }

  private void heading(TracedPacket packet, long begun, int colour) {
    String text =
        String.format(
            "%s  %s → %s  +%.1f ms",
            packet.kind(),
            HopTable.source(packet.packet()),
            HopTable.destination(packet.packet()),
            (packet.heardNanos() - begun) / 1e6);
    out.println(coloured ? "\u001b[" + colour + "m" + text + "\u001b[0m" : text);
  }

  private static String ends(Packet packet) {
    return HopTable.source(packet) + " " + HopTable.destination(packet);
  }
}
