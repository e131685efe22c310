package dev.hairpin.rules.iptables;

import static java.util.stream.Collectors.joining;

import com.google.common.base.CharMatcher;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.Comment;
import dev.hairpin.rules.netfilter.Match.ConnectionLabel;
import dev.hairpin.rules.netfilter.Match.ConnectionState;
import dev.hairpin.rules.netfilter.Match.DestinationIsLocal;
import dev.hairpin.rules.netfilter.Match.DestinationPort;
import dev.hairpin.rules.netfilter.Match.Mark;
import dev.hairpin.rules.netfilter.Match.Not;
import dev.hairpin.rules.netfilter.Match.PortAmong;
import dev.hairpin.rules.netfilter.Match.PortEnd;
import dev.hairpin.rules.netfilter.Match.Simple;
import dev.hairpin.rules.netfilter.Match.SourceIsLocal;
import dev.hairpin.rules.netfilter.Match.SourcePort;
import dev.hairpin.rules.netfilter.Match.TransportProtocol;
import dev.hairpin.rules.netfilter.Match.Verbatim;
import dev.hairpin.rules.netfilter.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Writes rules in {@code iptables-save}'s canonical form. */
final class RuleWriter {
  /** The fields of an IP header that come before all extensions, in the order of printing. */
  private static final List<String> HEADER_FLAGS = List.of("-s", "-d", "-i", "-o", "-p", "-f");

  /** How many characters a chain's name may have (XT_EXTENSION_MAXNAMELEN less the final zero). */
  private static final int MAX_CHAIN_NAME = 28;

  /** What a string may hold that is printed without quotes. */
  private static final CharMatcher PLAIN =
      CharMatcher.inRange('0', '9')
          .or(CharMatcher.inRange('a', 'z'))
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.anyOf("_-"));

  private RuleWriter() {}

  static String line(Rule rule) {
    List<String> header = new ArrayList<>();
    List<String> extensions = new ArrayList<>();
    String module = "";
    for (Match match : rule.matches()) {
      switch (term(match)) {
        case Field(String text) -> header.add(text);
        case Option(String name, String text) -> {
          // Ports of one protocol, and both kinds of address type, share one -m.
          extensions.add(
              name.equals(module) && sharesModule(name) ? text : "-m " + name + " " + text);
          module = name;
        }
        case Words(String text) -> {
          extensions.add(text);
          module = "";
        }
      }
    }
    rule.matches().stream().flatMap(RuleWriter::impliedProtocol).forEach(header::add);
    rule.matches().forEach(match -> requireProtocol(match, header));
    Stream<String> sorted =
        header.stream().distinct().sorted(Comparator.comparingInt(RuleWriter::headerRank));
    return Stream.of(sorted, extensions.stream(), Stream.of(text(rule.action())))
        .flatMap(words -> words)
        .filter(words -> !words.isEmpty())
        .collect(joining(" "));
  }

  /** One match as it is written. */
  private sealed interface Term {}

  private record Field(String text) implements Term {}

  private record Option(String module, String text) implements Term {}

  private record Words(String text) implements Term {}

  private static Term term(Match match) {
    return switch (match) {
      case Simple simple -> term("", simple);
      case Not(Simple simple) -> term("! ", simple);
      case Comment(String text) -> new Words("-m comment --comment " + quoted(text));
      case Verbatim(String text) ->
          headerRank(text) < HEADER_FLAGS.size() ? new Field(text) : new Words(text);
    };
  }

  private static Term term(String not, Simple match) {
    return switch (match) {
      case Match.Source(var prefix) -> new Field(not + "-s " + prefix);
      case Match.Destination(var prefix) -> new Field(not + "-d " + prefix);
      case Match.InputInterface(String name) -> new Field(not + "-i " + interfaceName(name));
      case Match.OutputInterface(String name) -> new Field(not + "-o " + interfaceName(name));
      case Match.InputInterfaceAmong(List<String> names) ->
          throw new IllegalArgumentException("iptables can't ask for one of " + names);
      case Match.HasPorts() ->
          throw new IllegalArgumentException("iptables can't ask for ports in general");
      case Match.DestinationAmong(Family family, String set) ->
          throw new IllegalArgumentException("iptables has no sets such as \"" + set + "\"");
      case Match.Icmp(Family family) -> new Field(not + "-p " + icmp(family));
      case TransportProtocol(Protocol protocol) -> new Field(not + "-p " + protocol);
      case SourcePort(Protocol protocol, PortRange ports) ->
          new Option(protocol.keyword(), not + "--sport " + text(ports));
      case DestinationPort(Protocol protocol, PortRange ports) ->
          new Option(protocol.keyword(), not + "--dport " + text(ports));
      case PortAmong(PortEnd end, Protocol protocol, List<PortRange> ports) ->
          new Option("multiport", not + flag(end) + " " + text(ports));
      case SourceIsLocal() -> new Option("addrtype", not + "--src-type LOCAL");
      case DestinationIsLocal() -> new Option("addrtype", not + "--dst-type LOCAL");
      case ConnectionState(var states) ->
          new Option(
              "conntrack",
              not + "--ctstate " + states.stream().sorted().map(Enum::name).collect(joining(",")));
      // iptables quotes the number too, for labels may have names (libxt_connlabel.c).
      case ConnectionLabel(int bit) -> new Option("connlabel", not + "--label \"" + bit + "\"");
      case Mark(int value, int mask) ->
          new Option(
              "mark", not + "--mark 0x" + hex(value) + (mask == -1 ? "" : "/0x" + hex(mask)));
    };
  }

  /** A port means nothing without its protocol. */
  private static Stream<String> impliedProtocol(Match match) {
    return switch (match) {
      case SourcePort(Protocol protocol, PortRange ports) -> Stream.of("-p " + protocol);
      case DestinationPort(Protocol protocol, PortRange ports) -> Stream.of("-p " + protocol);
      case PortAmong(var end, Protocol protocol, var ports) -> Stream.of("-p " + protocol);
      case Simple other -> Stream.empty();
      case Not other -> Stream.empty();
      case Comment other -> Stream.empty();
      case Verbatim other -> Stream.empty();
    };
  }

  /**
   * "Not port 80" leaves the protocol open, which iptables can't say: some other match has to fix
   * it.
   */
  private static void requireProtocol(Match match, List<String> header) {
    Optional<Protocol> needed =
        switch (match) {
          case Not(SourcePort(Protocol protocol, PortRange ports)) -> Optional.of(protocol);
          case Not(DestinationPort(Protocol protocol, PortRange ports)) -> Optional.of(protocol);
          case Not(PortAmong(var end, Protocol protocol, var ports)) -> Optional.of(protocol);
          case Not other -> Optional.empty();
          case Simple other -> Optional.empty();
          case Comment other -> Optional.empty();
          case Verbatim other -> Optional.empty();
        };
    if (needed.isPresent() && !header.contains("-p " + needed.get())) {
      throw new IllegalArgumentException(
          "iptables can't exclude a port of " + needed.get() + " without asking for it");
    }
  }

  static String text(Action action) {
    return switch (action) {
      case Action.Accept() -> "-j ACCEPT";
      case Action.Drop() -> "-j DROP";
      case Action.Return() -> "-j RETURN";
      case Action.Jump(String chain) -> "-j " + chainName(chain);
      case Action.JumpByInterface(var direction, String map) ->
          throw new IllegalArgumentException("iptables has no maps such as \"" + map + "\"");
      case Action.DnatByPort(var family, var byAddress, String map) ->
          throw new IllegalArgumentException("iptables has no maps such as \"" + map + "\"");
      case Action.LabelConnection(int bit) ->
          throw new IllegalArgumentException("iptables has no action that sets label " + bit);
      case Action.Dnat(var address, var port) ->
          "-j DNAT --to-destination "
              + (port.isPresent() ? address.withPort(port.getAsInt()) : address);
      case Action.Snat(var address) -> "-j SNAT --to-source " + address;
      case Action.Masquerade() -> "-j MASQUERADE";
      case Action.Verbatim(String text) -> text;
    };
  }

  private static String icmp(Family family) {
    return switch (family) {
      case IPV4 -> "icmp";
      case IPV6 -> "ipv6-icmp";
    };
  }

  /** As iptables-save quotes a string (xtables.c, xtables_save_string). */
  private static String quoted(String text) {
    return !text.isEmpty() && PLAIN.matchesAllOf(text)
        ? text
        : "\"" + text.replaceAll("([\"\\\\'])", "\\\\$1") + "\"";
  }

  /** Where among the header's fields this text belongs; behind all of them if it is none. */
  private static int headerRank(String text) {
    String flag = text.startsWith("! ") ? text.substring(2) : text;
    for (int i = 0; i < HEADER_FLAGS.size(); i++) {
      if (flag.equals(HEADER_FLAGS.get(i)) || flag.startsWith(HEADER_FLAGS.get(i) + " ")) {
        return i;
      }
    }
    return HEADER_FLAGS.size();
  }

  private static boolean sharesModule(String module) {
    return module.equals("addrtype") || Protocol.of(module).isPresent();
  }

  private static String flag(PortEnd end) {
    return switch (end) {
      case SOURCE -> "--sports";
      case DESTINATION -> "--dports";
      case EITHER -> "--ports";
    };
  }

  private static String text(List<PortRange> ports) {
    return ports.stream().map(RuleWriter::text).collect(joining(","));
  }

  private static String text(PortRange ports) {
    return ports.size() == 1 ? Integer.toString(ports.first()) : ports.first() + ":" + ports.last();
  }

  private static String hex(int value) {
    return Integer.toHexString(value);
  }

  private static String interfaceName(String name) {
    return plain("interface", name);
  }

  static String chainName(String name) {
    if (name.length() > MAX_CHAIN_NAME) {
      throw new IllegalArgumentException(
          "chain name \"" + name + "\" is longer than " + MAX_CHAIN_NAME + " characters");
    }
    return plain("chain", name);
  }

  /** A name that is one word of a script, and can't be taken for anything else there. */
  private static String plain(String what, String name) {
    boolean isWord =
        name.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '\\');
    if (name.isEmpty() || !isWord || name.startsWith("-") || name.startsWith("!")) {
      throw new IllegalArgumentException(what + " name \"" + name + "\" can't be used in a rule");
    }
    return name;
  }
}
