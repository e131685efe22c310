package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;

/**
 * Hops of a packet, each with the rules that matched it and what they are for. Addresses stand
 * below each other, so that one that changes stands out.
 */
final class HopTable {
  /** Longest line of words, in characters; a rule is never broken. */
  private static final int WIDTH = 80;

  private static final String RULE = "  ";
  private static final String WHY = "      ";
  private static final String ARROW = " → ";
  private static final String GAP = "  ";
  private static final String HOOK = "HOOK";
  private static final String TABLE = "TABLE";
  private static final String IN = "IN";
  private static final String OUT = "OUT";
  private static final String SOURCE = "SOURCE";

  private final PrintWriter out;
  private final Paint paint;
  private int hook;
  private int chain;
  private int input;
  private int output;
  private int source;

  HopTable(PrintWriter out, Paint paint) {
    this.out = out;
    this.paint = requireNonNull(paint, "paint");
  }

  /** Makes room for hops that are printed together, later or now. */
  void fit(List<Hop> hops) {
    hook = Math.max(hook, widest(hops.stream().map(hop -> hop.hook().name())));
    chain = Math.max(chain, widest(hops.stream().map(HopTable::chain)));
    input = Math.max(input, widest(hops.stream().map(Hop::input)));
    output = Math.max(output, widest(hops.stream().map(Hop::output)));
    source =
        Math.max(
            source,
            widest(
                hops.stream()
                    .flatMap(hop -> Stream.of(hop.before(), hop.after()))
                    .map(HopTable::source)));
  }

  /** What the columns are. */
  void printHeading() {
    hook = Math.max(hook, HOOK.length());
    chain = Math.max(chain, TABLE.length());
    input = Math.max(input, IN.length());
    output = Math.max(output, OUT.length());
    source = Math.max(source, SOURCE.length());
    out.println(
        padded(HOOK, hook)
            + GAP
            + padded(TABLE, chain)
            + GAP
            + padded(IN, input)
            + ARROW
            + padded(OUT, output)
            + GAP
            + padded(SOURCE, source)
            + ARROW
            + "DESTINATION");
  }

  private static int widest(Stream<String> cells) {
    return cells.mapToInt(String::length).max().orElse(0);
  }

  void print(List<Hop> hops) {
    hops.forEach(hop -> print(hop, /* withRules= */ true));
  }

  /** Where it has been, and where its addresses changed. */
  void printWithoutRules(List<Hop> hops) {
    hops.forEach(hop -> print(hop, /* withRules= */ false));
  }

  private void print(Hop hop, boolean withRules) {
    out.println(
        (where(hop) + padded(source(hop.before()), source) + ARROW + destination(hop.before()))
            .stripTrailing());
    if (withRules) {
      hop.steps().forEach(this::print);
    }
    if (hop.isTranslated()) {
      out.println((" ".repeat(where(hop).length()) + changed(hop)).stripTrailing());
    }
  }

  private String where(Hop hop) {
    return padded(hop.hook().name(), hook)
        + "  "
        + padded(chain(hop), chain)
        + "  "
        + padded(Printable.line(hop.input()), input)
        + (hop.input().isEmpty() && hop.output().isEmpty() ? "   " : ARROW)
        + padded(Printable.line(hop.output()), output)
        + "  ";
  }

  /** Only what is new. */
  private String changed(Hop hop) {
    String before = source(hop.before());
    String after = source(hop.after());
    String to = destination(hop.after());
    String from = before.equals(after) ? "" : after;
    return paint.changed(from)
        + " ".repeat(source - from.length())
        + (to.equals(destination(hop.before())) ? "" : ARROW + paint.changed(to));
  }

  private void print(Trace.Step step) {
    out.println(RULE + Printable.line(step.at() + " " + step.number() + ": " + text(step)));
    Reason reason = step.reason();
    if (!reason.text().isEmpty()) {
      Wrapped.print(out, text(reason), WHY, WIDTH);
    }
  }

  private static String text(Trace.Step step) {
    String rule = text(step.at(), step.rule());
    return step.found()
        .map(element -> rule + "  { " + NftText.element(element) + " }")
        .orElse(rule);
  }

  /** As the tool writes it that shows the chain. */
  static String text(Place at, Rule rule) {
    return switch (at) {
      case Place.Iptables iptables -> IptablesText.line(rule);
      case Place.Legacy legacy -> IptablesText.line(rule);
      case Place.Nftables nftables -> NftText.line(rule);
      case Place.Bridge bridge ->
          rule.action() instanceof Action.Verbatim(String text) ? text : NftText.line(rule);
    };
  }

  /** {@code without it, ... (container web, -p 8080:80)}. */
  static String text(Reason reason) {
    return reason
        .binding()
        .map(binding -> reason.text() + " (" + binding.publisher() + ", -p " + binding.spec() + ")")
        .orElse(reason.text());
  }

  /** A chain of iptables' or ebtables' is called as its hook. */
  private static String chain(Hop hop) {
    return hop.chain()
        .map(place ->
            switch (place) {
              case Place.Iptables(var table, String name) -> table.keyword();
              case Place.Nftables nftables -> nftables.toString();
              case Place.Bridge(String table, String name) when isOfEbtables(table) ->
                  "bridge " + table;
              case Place.Bridge bridge -> bridge.toString();
              case Place.Legacy(var table, String name) -> "legacy " + table.keyword();
            })
        .map(Printable::line)
        .orElse("conntrack");
  }

  private static boolean isOfEbtables(String table) {
    return switch (table) {
      case "broute", "nat", "filter" -> true;
      case String other -> false;
    };
  }

  static String source(Packet packet) {
    return switch (packet.payload()) {
      case Packet.Payload.Segment segment -> packet.source().withPort(segment.sourcePort());
      case Packet.Payload.Ping() -> packet.source().toString();
    };
  }

  static String destination(Packet packet) {
    return switch (packet.payload()) {
      case Packet.Payload.Segment segment ->
          packet.destination().withPort(segment.destinationPort());
      case Packet.Payload.Ping() -> packet.destination().toString();
    };
  }

  /**
   * Whom a packet has come to.
   *
   * @param port 0 for a ping
   */
  static String receiver(IpAddress address, int port) {
    return port == 0 ? address.toString() : address.withPort(port);
  }

  private static String padded(String cell, int width) {
    return cell + " ".repeat(width - cell.length());
  }
}
