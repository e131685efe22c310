package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Wording;
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

  /** What the columns are called. */
  record Heading(
      String hook, String table, String in, String out, String source, String destination) {
    /** In the words of {@code hairpin trace}. */
    static Heading of(Wording trace) {
      return new Heading(
          trace.say("heading.hook"),
          trace.say("heading.table"),
          trace.say("heading.in"),
          trace.say("heading.out"),
          trace.say("heading.source"),
          trace.say("heading.destination"));
    }
  }

  /** Makes room for hops that are printed together, later or now. */
  void fit(List<Hop> hops) {
    hook = Math.max(hook, widest(hops.stream().map(hop -> hop.hook().name())));
    chain = Math.max(chain, widest(hops.stream().map(HopTable::chain)));
    input = Math.max(input, widest(hops.stream().map(HopTable::input)));
    output = Math.max(output, widest(hops.stream().map(HopTable::output)));
    source =
        Math.max(
            source,
            widest(
                hops.stream()
                    .flatMap(hop -> Stream.of(hop.before(), hop.after()))
                    .map(HopTable::source)));
  }

  /** What the columns are. */
  void printHeading(Heading heading) {
    hook = Math.max(hook, Columns.of(heading.hook()));
    chain = Math.max(chain, Columns.of(heading.table()));
    input = Math.max(input, Columns.of(heading.in()));
    output = Math.max(output, Columns.of(heading.out()));
    source = Math.max(source, Columns.of(heading.source()));
    out.println(
        Columns.padded(heading.hook(), hook)
            + GAP
            + Columns.padded(heading.table(), chain)
            + GAP
            + Columns.padded(heading.in(), input)
            + ARROW
            + Columns.padded(heading.out(), output)
            + GAP
            + Columns.padded(heading.source(), source)
            + ARROW
            + heading.destination());
  }

  private static int widest(Stream<String> cells) {
    return cells.mapToInt(Columns::of).max().orElse(0);
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
        (where(hop)
                + Columns.padded(source(hop.before()), source)
                + ARROW
                + destination(hop.before()))
            .stripTrailing());
    if (withRules) {
      hop.steps().forEach(this::print);
    }
    if (hop.isTranslated()) {
      out.println((" ".repeat(Columns.of(where(hop))) + changed(hop)).stripTrailing());
    }
  }

  private String where(Hop hop) {
    return Columns.padded(hop.hook().name(), hook)
        + GAP
        + Columns.padded(chain(hop), chain)
        + GAP
        + Columns.padded(input(hop), input)
        + (hop.input().isEmpty() && hop.output().isEmpty() ? "   " : ARROW)
        + Columns.padded(output(hop), output)
        + GAP;
  }

  private static String input(Hop hop) {
    return Printable.line(hop.input());
  }

  private static String output(Hop hop) {
    return Printable.line(hop.output());
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

  /** {@code 192.0.2.2:40000 → 192.0.2.1:8080}. */
  static String arrow(Packet packet) {
    return source(packet) + ARROW + destination(packet);
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
}
