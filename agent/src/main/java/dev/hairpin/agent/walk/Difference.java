package dev.hairpin.agent.walk;

import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a prediction and what was seen differ.
 *
 * @param onlyPredicted what was predicted and not seen, a line each
 * @param onlySeen what was seen and not predicted
 */
public record Difference(List<String> onlyPredicted, List<String> onlySeen) {
  public Difference {
    onlyPredicted = List.copyOf(onlyPredicted);
    onlySeen = List.copyOf(onlySeen);
  }

  /**
   * Compares the ways of one packet. What was predicted of chains before the first that was seen is
   * left out: an answer is known for one only behind where connections are tracked.
   *
   * @param tables that both are about
   */
  public static Difference between(Tables tables, Trace predicted, Trace seen) {
    List<Hop> seenChains = chains(tables, seen);
    List<String> happened = texts(seenChains);
    List<String> expected = texts(chains(tables, predicted));
    int start = happened.isEmpty() ? 0 : Math.max(0, expected.indexOf(happened.getFirst()));
    List<String> onlyPredicted = new ArrayList<>(expected.subList(start, expected.size()));
    List<String> onlySeen = new ArrayList<>(happened);
    happened.forEach(onlyPredicted::remove);
    expected.forEach(onlySeen::remove);
    String end = predicted.verdict().toString();
    // Of a packet that no chain was asked about nobody knows where it went.
    if (!seen.hops().isEmpty() && !end.equals(seen.verdict().toString())) {
      onlyPredicted.add(end);
      onlySeen.add(seen.verdict().toString());
    }
    return new Difference(onlyPredicted, onlySeen);
  }

  /** Where conntrack translates on its own it tells nobody. */
  private static List<Hop> chains(Tables tables, Trace trace) {
    return trace.hops().stream()
        .filter(hop -> hop.chain().filter(chain -> hasRules(tables, chain)).isPresent())
        .toList();
  }

  private static List<String> texts(List<Hop> hops) {
    return hops.stream().map(hop -> text(hop) + change(hop)).toList();
  }

  /**
   * iptables lists a base chain that nobody has put a rule into, and the kernel may not have it.
   */
  private static boolean hasRules(Tables tables, Place chain) {
    return switch (chain) {
      case Place.Iptables(Table table, String name) -> !tables.rules(table, name).isEmpty();
      case Place.Nftables nftables -> true;
      // Which no prediction goes into.
      case Place.Bridge bridge -> false;
      case Place.Legacy legacy -> false;
    };
  }

  public boolean isEmpty() {
    return onlyPredicted.isEmpty() && onlySeen.isEmpty();
  }

  private static String text(Hop hop) {
    return hop.hook()
        + " "
        + hop.chain().map(Object::toString).orElse("conntrack")
        + ": "
        + text(hop.before())
        + hop.steps().stream()
            .map(step -> "; " + step.at() + " " + step.number())
            .collect(Collectors.joining());
  }

  private static String change(Hop hop) {
    return hop.isTranslated() ? ", then " + text(hop.after()) : "";
  }

  private static String text(Packet packet) {
    return switch (packet.payload()) {
      case Packet.Payload.Segment(var protocol, int from, int to) ->
          packet.source().withPort(from) + " → " + packet.destination().withPort(to);
      case Packet.Payload.Ping() -> packet.source() + " → " + packet.destination();
    };
  }
}
