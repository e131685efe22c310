package dev.hairpin.rules.iptables;

import static java.util.stream.Collectors.toCollection;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState;
import dev.hairpin.rules.netfilter.Rule;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads the rules that {@code iptables-save} prints. */
final class RuleReader {
  private static final Set<String> ACTION_FLAGS = Set.of("-j", "-g");

  /**
   * Extensions that may stand alone after {@code -j}. Every other lone name is a chain's: iptables
   * refuses a chain that has an extension's name.
   */
  private static final Set<String> EXTENSIONS =
      Set.of(
          "AUDIT",
          "CT",
          "LOG",
          "NFLOG",
          "NFQUEUE",
          "NOTRACK",
          "QUEUE",
          "REDIRECT",
          "REJECT",
          "TEE",
          "TRACE",
          "ULOG");

  private final String line;
  private final Words words;
  private final List<Match> matches = new ArrayList<>();

  private RuleReader(String line) {
    this.line = line;
    this.words = new Words(line);
  }

  /**
   * @param line what comes after the chain's name
   * @throws IllegalArgumentException if a quote is not closed or a value is missing
   */
  static Rule read(String line) {
    return new RuleReader(line).rule();
  }

  private Rule rule() {
    while (words.hasNext() && !ACTION_FLAGS.contains(words.peek())) {
      readMatch();
    }
    int actionStart = words.start();
    Action action = action();
    Rule rule = Rule.of(matches, action);
    if (isWritten(rule)) {
      return rule;
    }
    // Understood, but not written the way we would: kept as it is, so that it can be written back.
    String text = words.textBefore(actionStart);
    return Rule.of(
        text.isEmpty() ? List.of() : List.of(new Match.Verbatim(text)),
        new Action.Verbatim(line.substring(actionStart)));
  }

  private boolean isWritten(Rule rule) {
    try {
      return RuleWriter.line(rule).equals(line);
    } catch (IllegalArgumentException e) {
      // Such as a chain's name that we would give to none.
      return false;
    }
  }

  private void readMatch() {
    int start = words.start();
    boolean not = words.take("!");
    String flag = words.next();
    switch (flag) {
      case "-s" -> header(start, not, IpPrefix::parse, Match.Source::new);
      case "-d" -> header(start, not, IpPrefix::parse, Match.Destination::new);
      case "-i" -> header(start, not, name -> name, Match.InputInterface::new);
      case "-o" -> header(start, not, name -> name, Match.OutputInterface::new);
      case "-p" -> header(start, not, RuleReader::protocol, match -> match);
      case "-m" -> extension(start);
      case String other -> verbatim(start);
    }
  }

  private <T> void header(
      int start, boolean not, Function<String, T> read, Function<T, Match.Simple> match) {
    String value = words.next();
    try {
      matches.add(inverted(not, match.apply(read.apply(value))));
    } catch (IllegalArgumentException e) {
      // Such as a netmask with holes, or a protocol without ports: right, but not in our words.
      verbatim(start);
    }
  }

  private static Match.Simple protocol(String keyword) {
    return switch (keyword) {
      case "icmp" -> new Match.Icmp(Family.IPV4);
      case "ipv6-icmp" -> new Match.Icmp(Family.IPV6);
      case String other -> new Match.TransportProtocol(transport(other));
    };
  }

  private static Protocol transport(String keyword) {
    return Protocol.of(keyword)
        .orElseThrow(() -> new IllegalArgumentException("no ports in " + keyword));
  }

  private void extension(int start) {
    String module = words.next();
    List<Option> options = new ArrayList<>();
    while (words.hasNext() && (words.peek().startsWith("--") || words.peek().equals("!"))) {
      options.add(option());
    }
    Optional<List<Match>> understood =
        switch (module) {
          case "tcp", "udp", "sctp" -> ports(transport(module), options);
          case "multiport" -> multiport(options);
          case "addrtype" -> each(options, RuleReader::addressType);
          case "conntrack" -> single(options, RuleReader::connectionState);
          case "connlabel" -> single(options, RuleReader::connectionLabel);
          case "mark" -> single(options, RuleReader::mark);
          case "comment" -> single(options, RuleReader::comment);
          case String other -> Optional.empty();
        };
    understood.ifPresentOrElse(matches::addAll, () -> verbatim(start));
  }

  /**
   * An extension's option.
   *
   * @param values words up to the next option; most have one
   */
  private record Option(boolean not, String flag, List<String> values) {
    /** The value, if there is just one. */
    Optional<String> value() {
      return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
    }
  }

  private Option option() {
    boolean not = words.take("!");
    String flag = words.next();
    List<String> values = new ArrayList<>();
    // A comment's text may look like a flag.
    while (words.hasNext()
        && (flag.equals("--comment") ? values.isEmpty() : !words.peek().matches("!|-[a-z-].*"))) {
      values.add(words.next());
    }
    return new Option(not, flag, values);
  }

  private Optional<List<Match>> ports(Protocol protocol, List<Option> options) {
    Match.TransportProtocol asked = new Match.TransportProtocol(protocol);
    if (options.isEmpty() || !protocolSoFar().equals(Optional.of(protocol))) {
      return Optional.empty();
    }
    Optional<List<Match>> ports = each(options, option -> port(protocol, option));
    // "-p tcp -m tcp --dport 80" is one condition; "-p tcp -m tcp ! --dport 80" is two.
    if (ports.isPresent() && options.stream().anyMatch(option -> !option.not())) {
      matches.remove(asked);
    }
    return ports;
  }

  private static Optional<Match> port(Protocol protocol, Option option) {
    return option
        .value()
        .flatMap(RuleReader::portRange)
        .flatMap(range ->
            switch (option.flag()) {
              case "--sport" -> Optional.of(new Match.SourcePort(protocol, range));
              case "--dport" -> Optional.of(new Match.DestinationPort(protocol, range));
              case String other -> Optional.<Match.Simple>empty();
            })
        .map(match -> inverted(option.not(), match));
  }

  /** {@code -p tcp -m multiport --dports 80,443} is one condition, too. */
  private Optional<List<Match>> multiport(List<Option> options) {
    Optional<Protocol> protocol = protocolSoFar();
    if (protocol.isEmpty() || options.size() != 1) {
      return Optional.empty();
    }
    Option option = options.getFirst();
    Optional<List<Match>> ports =
        portEnd(option.flag())
            .flatMap(end ->
                portRanges(option).map(ranges -> new Match.PortAmong(end, protocol.get(), ranges)))
            .map(match -> List.of(inverted(option.not(), match)));
    if (ports.isPresent() && !option.not()) {
      matches.remove(new Match.TransportProtocol(protocol.get()));
    }
    return ports;
  }

  /** Which one the packet has, by the conditions that were read. */
  private Optional<Protocol> protocolSoFar() {
    return matches.stream()
        .flatMap(match ->
            switch (match) {
              case Match.TransportProtocol(Protocol protocol) -> Stream.of(protocol);
              case Match.SourcePort(Protocol protocol, var ports) -> Stream.of(protocol);
              case Match.DestinationPort(Protocol protocol, var ports) -> Stream.of(protocol);
              case Match.PortAmong(var end, Protocol protocol, var ports) -> Stream.of(protocol);
              case Match.Simple other -> Stream.empty();
              case Match.Not other -> Stream.empty();
              case Match.Comment other -> Stream.empty();
              case Match.Verbatim other -> Stream.empty();
            })
        .findFirst();
  }

  private static Optional<Match.PortEnd> portEnd(String flag) {
    return switch (flag) {
      case "--sports" -> Optional.of(Match.PortEnd.SOURCE);
      case "--dports" -> Optional.of(Match.PortEnd.DESTINATION);
      case "--ports" -> Optional.of(Match.PortEnd.EITHER);
      case String other -> Optional.empty();
    };
  }

  private static Optional<List<PortRange>> portRanges(Option option) {
    List<String> parts =
        option.value().map(value -> List.of(value.split(",", -1))).orElse(List.of());
    List<PortRange> ranges = parts.stream().flatMap(part -> portRange(part).stream()).toList();
    return !parts.isEmpty() && ranges.size() == parts.size()
        ? Optional.of(ranges)
        : Optional.empty();
  }

  private static Optional<PortRange> portRange(String text) {
    int colon = text.indexOf(':');
    try {
      return Optional.of(
          colon < 0
              ? PortRange.of(Integer.parseInt(text))
              : new PortRange(
                  Integer.parseInt(text.substring(0, colon)),
                  Integer.parseInt(text.substring(colon + 1))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<Match> addressType(Option option) {
    if (!option.values().equals(List.of("LOCAL"))) {
      return Optional.empty();
    }
    return switch (option.flag()) {
      case "--src-type" -> Optional.of(inverted(option.not(), new Match.SourceIsLocal()));
      case "--dst-type" -> Optional.of(inverted(option.not(), new Match.DestinationIsLocal()));
      case String other -> Optional.empty();
    };
  }

  private static Optional<Match> connectionState(Option option) {
    if (!option.flag().equals("--ctstate")) {
      return Optional.empty();
    }
    try {
      return option
          .value()
          .map(states ->
              Stream.of(states.split(","))
                  .map(ConnectionState.State::valueOf)
                  .collect(toCollection(() -> EnumSet.noneOf(ConnectionState.State.class))))
          .map(states -> inverted(option.not(), new ConnectionState(states)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<Match> connectionLabel(Option option) {
    try {
      return option.flag().equals("--label")
          ? option
              .value()
              .map(bit -> inverted(option.not(), new Match.ConnectionLabel(Integer.parseInt(bit))))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      // Such as a name.
      return Optional.empty();
    }
  }

  private static Optional<Match> mark(Option option) {
    if (!option.flag().equals("--mark")) {
      return Optional.empty();
    }
    try {
      return option
          .value()
          .map(value -> value.split("/", 2))
          .map(parts ->
              inverted(
                  option.not(),
                  new Match.Mark(number(parts[0]), parts.length == 2 ? number(parts[1]) : -1)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<Match> comment(Option option) {
    return option.flag().equals("--comment") && !option.not()
        ? option.value().map(Match.Comment::new)
        : Optional.empty();
  }

  private static int number(String text) {
    return (int) (long) Long.decode(text);
  }

  private Action action() {
    if (!words.hasNext()) {
      return new Action.Verbatim("");
    }
    int start = words.start();
    boolean jump = words.next().equals("-j");
    String target = words.next();
    List<String> options = new ArrayList<>();
    while (words.hasNext()) {
      options.add(words.next());
    }
    return jump
        ? action(target, options).orElseGet(() -> new Action.Verbatim(line.substring(start)))
        : new Action.Verbatim(line.substring(start));
  }

  private Optional<Action> action(String target, List<String> options) {
    if (options.isEmpty()) {
      return switch (target) {
        case "ACCEPT" -> Optional.of(Action.accept());
        case "DROP" -> Optional.of(Action.drop());
        case "RETURN" -> Optional.of(Action.returnToCaller());
        case "MASQUERADE" -> Optional.of(Action.masquerade());
        case String name when EXTENSIONS.contains(name) -> Optional.empty();
        case String chain -> Optional.of(Action.jump(chain));
      };
    }
    if (options.size() != 2) {
      return Optional.empty();
    }
    return switch (target + " " + options.getFirst()) {
      case "DNAT --to-destination" -> dnat(options.getLast());
      case "SNAT --to-source" -> snat(options.getLast());
      case String other -> Optional.empty();
    };
  }

  private static Optional<Action> dnat(String destination) {
    String host = destination;
    OptionalInt port = OptionalInt.empty();
    int colon = destination.lastIndexOf(':');
    boolean bracketed = destination.startsWith("[");
    if (bracketed || (colon >= 0 && colon == destination.indexOf(':'))) {
      host = bracketed ? destination.substring(1, colon - 1) : destination.substring(0, colon);
      Optional<PortRange> ports = portRange(destination.substring(colon + 1));
      if (ports.isEmpty() || ports.get().size() != 1) {
        return Optional.empty();
      }
      port = OptionalInt.of(ports.get().first());
    }
    try {
      return Optional.of(new Action.Dnat(IpAddress.parse(host), port));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<Action> snat(String source) {
    try {
      return Optional.of(Action.snatTo(IpAddress.parse(source)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<List<Match>> single(
      List<Option> options, Function<Option, Optional<Match>> read) {
    return options.size() == 1 ? each(options, read) : Optional.empty();
  }

  /** All of them, or nothing if there is one that is not understood. */
  private static Optional<List<Match>> each(
      List<Option> options, Function<Option, Optional<Match>> read) {
    List<Match> understood = options.stream().map(read).flatMap(Optional::stream).toList();
    return understood.size() == options.size() ? Optional.of(understood) : Optional.empty();
  }

  private static Match inverted(boolean not, Match.Simple match) {
    return not ? new Match.Not(match) : match;
  }

  /** Keeps what was read since {@code start} as it is. */
  private void verbatim(int start) {
    matches.add(new Match.Verbatim(line.substring(start, words.end())));
  }
}
