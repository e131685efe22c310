package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.sighting.Header;
import dev.hairpin.agent.sighting.SeenPacket;
import dev.hairpin.agent.sighting.Sighting;
import dev.hairpin.agent.sighting.Sighting.Event;
import dev.hairpin.agent.sighting.Sighting.Layer;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Prints where packets were seen: a line for each place, numbered through, in a colour for each
 * packet, and under it the rule that matched there, where the rules are known.
 */
final class SeenText {
  private static final int WIDTH = 80;
  private static final String RULE = "      ";
  private static final String ARROW = " → ";

  private final PrintWriter out;
  private final Wording wording;
  private final Optional<Tables> rules;
  private final Paint paint;
  private int number;

  /** Which connections have been through nat, by what their two ends are called first. */
  private final Set<String> translated = new HashSet<>();

  private boolean saidWhyNatIsLeftOut;

  /**
   * @param rules those that the packets met, as far as known
   */
  SeenText(PrintWriter out, Language language, Optional<Tables> rules, Paint paint) {
    this.out = requireNonNull(out, "out");
    this.wording = Wording.of("trace", language);
    this.rules = rules;
    this.paint = paint;
  }

  void print(List<SeenPacket> packets) {
    List<Sighting> all = packets.stream().flatMap(packet -> packet.sightings().stream()).toList();
    Columns columns = new Columns(all);
    int colour = 0;
    for (SeenPacket packet : packets) {
      if (colour > 0) {
        out.println();
      }
      print(packet, columns, colour++);
    }
  }

  private void print(SeenPacket packet, Columns columns, int colour) {
    Header first = packet.first();
    out.println(
        paint.packet(
            colour,
            (packet.kind() + "  " + first.from() + ARROW + first.to() + " " + first.protocol())
                .stripTrailing()));
    Optional<Header> before = Optional.empty();
    for (Sighting seen : packet.sightings()) {
      number++;
      out.println(
          paint.packet(
              colour,
              (columns.line(number, seen) + event(seen)).stripTrailing()
                  + before.map(last -> changed(last, seen)).orElse("")));
      explain(seen);
      before = Optional.of(seen.header());
    }
    say("=> " + end(packet));
    sayWhyNatIsLeftOut(packet);
  }

  /** What was translated since the place before; the bridge doesn't tell ports. */
  private String changed(Header before, Sighting now) {
    Header after = now.header();
    if (before.ports().isPresent() != after.ports().isPresent()) {
      return "";
    }
    boolean to = !before.to().equals(after.to());
    boolean from = !before.from().equals(after.from());
    if (to && from) {
      return "  " + wording.say("log.was", before.from(), before.to());
    }
    return to
        ? "  " + wording.say("log.was-for", before.to())
        : from ? "  " + wording.say("log.was-from", before.from()) : "";
  }

  private String event(Sighting seen) {
    return switch (seen.event()) {
      case Event.Matched(int place) -> wording.say("log.rule", place);
      case Event.Returned() -> wording.say("log.return");
      case Event.Policy() ->
          wording.say("log.policy")
              + chain(seen).flatMap(Chain::policy).map(policy -> " " + policy).orElse("");
      case Event.Logged() -> "";
      case Event.Passed() -> "";
    };
  }

  private void explain(Sighting seen) {
    switch (seen.event()) {
      case Event.Matched(int place) ->
          rule(seen, place).ifPresent(rule -> explain(seen, place, rule));
      case Event.Returned returned -> {}
      case Event.Policy policy -> {}
      case Event.Logged logged -> {}
      case Event.Passed passed -> {}
    }
  }

  private void explain(Sighting seen, int place, Rule rule) {
    out.println(
        RULE
            + Printable.line(
                seen.table() + " " + seen.chain() + " " + place + ": " + IptablesText.line(rule)));
    if (seen.table().equals("nat") && rule.action() instanceof Action.Accept) {
      Wrapped.print(out, wording.say("log.accepts"), RULE + "  ", WIDTH);
    }
  }

  private Optional<Chain> chain(Sighting seen) {
    return seen.layer() == Layer.BRIDGE
        ? Optional.empty()
        : rules.flatMap(known ->
            Stream.of(Table.values())
                .filter(table -> table.keyword().equals(seen.table()))
                .findFirst()
                .flatMap(table -> known.chain(table, seen.chain())));
  }

  private Optional<Rule> rule(Sighting seen, int place) {
    return chain(seen)
        .filter(chain -> place <= chain.rules().size())
        .map(chain -> chain.rules().get(place - 1));
  }

  private String end(SeenPacket packet) {
    Sighting last = packet.sightings().getLast();
    return switch (last.chain()) {
      case "INPUT" -> wording.say("log.delivered", last.header().to());
      case "POSTROUTING" -> wording.say("log.left", last.output(), last.header().to());
      case String chain -> wording.say("log.last-seen", last.table() + " " + chain);
    };
  }

  /** Which is what people wonder about first. */
  private void sayWhyNatIsLeftOut(SeenPacket packet) {
    boolean isAsked = packet.sightings().stream().anyMatch(SeenText::isInNat);
    String ends = ends(packet.first());
    if (isAsked) {
      translated.add(ends);
    } else if (!saidWhyNatIsLeftOut && isKnown(packet)) {
      saidWhyNatIsLeftOut = true;
      Wrapped.print(out, wording.say("log.no-nat"), "   ", WIDTH);
    }
  }

  private boolean isKnown(SeenPacket packet) {
    return packet.sightings().stream()
        .map(Sighting::header)
        .flatMap(header -> Stream.of(ends(header), endsOfAnswer(header)))
        .anyMatch(translated::contains);
  }

  private static boolean isInNat(Sighting seen) {
    return seen.layer() == Layer.IP && seen.table().equals("nat");
  }

  /** The one that asks, which translation mostly leaves alone. */
  private static String ends(Header header) {
    return header.protocol() + " " + header.from();
  }

  private static String endsOfAnswer(Header header) {
    return header.protocol() + " " + header.to();
  }

  private void say(String text) {
    Wrapped.print(out, text, "", WIDTH);
  }

  /** Each as wide as its widest cell. */
  private static final class Columns {
    private final boolean timed;
    private final int digits;
    private final int chain;
    private final int input;
    private final int output;
    private final int from;
    private final int to;

    Columns(List<Sighting> all) {
      timed = all.stream().map(Sighting::time).distinct().count() > 1;
      digits = Integer.toString(all.size()).length();
      chain = widest(all, Columns::chain);
      input = widest(all, Columns::input);
      output = widest(all, Columns::output);
      from = widest(all, seen -> seen.header().from());
      to = widest(all, seen -> seen.header().to());
    }

    private static int widest(List<Sighting> all, Function<Sighting, String> cell) {
      return all.stream().map(cell).mapToInt(String::length).max().orElse(0);
    }

    /** Where it was, with a gap behind it. */
    String line(int number, Sighting seen) {
      String in = input(seen);
      String out = output(seen);
      return " ".repeat(digits - Integer.toString(number).length())
          + number
          + "  "
          + (timed ? seen.time() + "  " : "")
          + padded(chain(seen), chain)
          + "  "
          + padded(in, input)
          + (in.isEmpty() && out.isEmpty() ? "   " : ARROW)
          + padded(out, output)
          + "  "
          + padded(seen.header().from(), from)
          + ARROW
          + padded(seen.header().to(), to)
          + "  ";
    }

    private static String chain(Sighting seen) {
      String name = seen.table() + " " + seen.chain();
      return Printable.line(
          switch (seen.layer()) {
            case BRIDGE -> "bridge " + name;
            case IP -> name;
          });
    }

    /** With the port of the bridge: {@code docker0 (veth1)}. */
    private static String input(Sighting seen) {
      return Printable.line(withPort(seen.input(), seen.portIn()));
    }

    private static String output(Sighting seen) {
      return Printable.line(withPort(seen.output(), seen.portOut()));
    }

    private static String withPort(String name, String port) {
      return port.isEmpty() ? name : name + " (" + port + ")";
    }

    private static String padded(String cell, int width) {
      return cell + " ".repeat(width - cell.length());
    }
  }
}
