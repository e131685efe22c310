package dev.hairpin.rules.nftables;

import static java.util.stream.Collectors.joining;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.Rule;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Writes rules in the form in which nft prints them. */
final class RuleWriter {
  /** Those of {@code ct state}, in the order of their bits, in which nft prints them. */
  private static final List<State> STATES =
      List.of(State.INVALID, State.ESTABLISHED, State.RELATED, State.NEW, State.UNTRACKED);

  private RuleWriter() {}

  /** Counts in front of the action, as all of dockerd's rules do but those that look up a map. */
  static String line(Rule rule) {
    Stream<String> conditions =
        rule.matches().stream()
            .filter(match -> !(match instanceof Match.Comment))
            .map(RuleWriter::text);
    Stream<String> counter = looksUp(rule.action()) ? Stream.empty() : Stream.of("counter");
    Stream<String> comment =
        rule.matches().stream().filter(Match.Comment.class::isInstance).map(RuleWriter::text);
    return Stream.of(conditions, counter, Stream.of(text(rule.action())), comment)
        .flatMap(words -> words)
        .filter(words -> !words.isEmpty())
        .collect(joining(" "));
  }

  /** What comes in front of a look-up would count what is not found as well. */
  private static boolean looksUp(Action action) {
    return action instanceof Action.JumpByInterface || action instanceof Action.DnatByPort;
  }

  private static String text(Match match) {
    return switch (match) {
      case Match.Simple simple -> text(simple, "");
      case Match.Not(ConnectionState(Set<State> states)) -> otherState(states);
      case Match.Not(Match.Simple simple) -> text(simple, "!= ");
      case Match.Comment(String text) -> "comment " + Names.quotedComment(text);
      case Match.Verbatim(String text) -> text;
    };
  }

  private static String text(Match.Simple match, String not) {
    return switch (match) {
      case Match.InputInterface(String name) -> "iifname " + not + Names.interfacePattern(name);
      case Match.OutputInterface(String name) -> "oifname " + not + Names.interfacePattern(name);
      case Match.InputInterfaceAmong(List<String> names) ->
          names.stream()
              .map(Names::quotedInterface)
              .collect(joining(", ", "iifname " + not + "{ ", " }"));
      case Match.Source(IpPrefix prefix) -> address(prefix, "saddr " + not);
      case Match.Destination(IpPrefix prefix) -> address(prefix, "daddr " + not);
      case Match.TransportProtocol(Protocol protocol) -> "meta l4proto " + not + protocol;
      case Match.HasPorts() ->
          Stream.of(Protocol.values())
              .map(Protocol::keyword)
              .collect(joining(", ", "meta l4proto " + not + "{ ", " }"));
      case Match.DestinationAmong(Family family, String set) ->
          new PortKey(Optional.of(family)).text() + " " + not + "@" + Names.identifier("set", set);
      case Match.Icmp(Family family) -> icmp(family, not);
      case Match.SourcePort(Protocol protocol, PortRange ports) ->
          protocol + " sport " + not + ports;
      case Match.DestinationPort(Protocol protocol, PortRange ports) ->
          protocol + " dport " + not + ports;
      case Match.PortAmong(var end, Protocol protocol, List<PortRange> ports) ->
          protocol
              + field(end)
              + not
              + ports.stream().map(PortRange::toString).collect(joining(", ", "{ ", " }"));
      case Match.SourceIsLocal() -> "fib saddr type " + not + "local";
      case Match.DestinationIsLocal() -> "fib daddr type " + not + "local";
      case ConnectionState(Set<State> states) -> connection(states);
      case Match.ConnectionLabel(int bit) -> "ct label " + not + bit;
      case Match.Mark mark -> mark(mark, not);
    };
  }

  private static String field(Match.PortEnd end) {
    return switch (end) {
      case SOURCE -> " sport ";
      case DESTINATION -> " dport ";
      case EITHER -> throw new IllegalArgumentException("nft can't ask for either of the ports");
    };
  }

  private static String address(IpPrefix prefix, String field) {
    boolean isSingle = prefix.length() == prefix.family().addressBits();
    return prefix.family().keyword() + " " + field + (isSingle ? prefix.first() : prefix);
  }

  private static String icmp(Family family, String not) {
    return switch (family) {
      case IPV4 -> "ip protocol " + not + "icmp";
      // Extension headers may be in between, so the header's own field won't do.
      case IPV6 -> "meta l4proto " + not + "ipv6-icmp";
    };
  }

  /** Whether a connection was translated is its status, and not one of its states. */
  private static String connection(Set<State> states) {
    if (EnumSet.of(State.SNAT, State.DNAT).containsAll(states)) {
      return "ct status " + names(states.stream().sorted());
    }
    if (!STATES.containsAll(states)) {
      throw new IllegalArgumentException("nft can't ask for " + states + " at once");
    }
    return "ct state " + names(states.stream().sorted(Comparator.comparingInt(STATES::indexOf)));
  }

  /** A packet has one state, so "not this one" is a comparison; a status has many bits. */
  private static String otherState(Set<State> states) {
    if (states.size() > 1 || !STATES.containsAll(states)) {
      throw new IllegalArgumentException("nft can't ask for none of " + states);
    }
    return "ct state != " + names(states.stream());
  }

  private static String names(Stream<State> states) {
    return states.map(state -> state.name().toLowerCase(Locale.ROOT)).collect(joining(","));
  }

  private static String mark(Match.Mark mark, String not) {
    if (mark.mask() == -1) {
      return "meta mark " + not + hex(mark.value());
    }
    return "meta mark & "
        + hex(mark.mask())
        + (not.isEmpty() ? " == " : " " + not)
        + hex(mark.value());
  }

  private static String hex(int value) {
    return String.format(Locale.ROOT, "0x%08x", value);
  }

  static String text(Action action) {
    return switch (action) {
      case Action.Accept() -> "accept";
      case Action.Drop() -> "drop";
      case Action.Return() -> "return";
      case Action.Jump(String chain) -> "jump " + Names.identifier("chain", chain);
      case Action.JumpByInterface(Action.JumpByInterface.Direction direction, String map) ->
          interfaceName(direction) + " vmap @" + Names.identifier("map", map);
      case Action.DnatByPort(Family family, boolean byAddress, String map) ->
          "dnat "
              + family.keyword()
              + " to "
              + new PortKey(Optional.of(family).filter(any -> byAddress)).text()
              + " map @"
              + Names.identifier("map", map);
      case Action.LabelConnection(int bit) -> "ct label set " + bit;
      case Action.Dnat(var address, var port) ->
          "dnat to " + (port.isPresent() ? address.withPort(port.getAsInt()) : address);
      case Action.Snat(var address) -> "snat to " + address;
      case Action.Masquerade() -> "masquerade";
      case Action.Verbatim(String text) -> text;
    };
  }

  private static String interfaceName(Action.JumpByInterface.Direction direction) {
    return switch (direction) {
      case INPUT -> "iifname";
      case OUTPUT -> "oifname";
    };
  }
}
