package dev.hairpin.rules.trace;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/** One packet on its way: what it looks like by now, and which rules it met. */
final class Walk {
  /** The kernel follows jumps no deeper (NFT_JUMP_STACK_SIZE). */
  private static final int DEEPEST = 16;

  private static final Set<String> WITHOUT_EFFECT =
      Set.of("", "LOG", "NFLOG", "ULOG", "TRACE", "AUDIT", "CHECKSUM");

  private final Tables tables;
  private final Host host;
  private final List<Trace.Step> steps = new ArrayList<>();
  private final Set<State> states = EnumSet.of(State.NEW);
  private Packet packet;
  private String input;
  private String output = "";

  Walk(Tables tables, Host host, Packet packet) {
    this.tables = tables;
    this.host = host;
    this.packet = packet;
    this.input = packet.arrivesOn().orElse("");
  }

  Trace run() {
    Verdict verdict = packet.arrivesOn().isPresent() ? arrive() : send();
    return new Trace(steps, verdict, packet.source());
  }

  private Verdict arrive() {
    return pass(Hook.PREROUTING, Table.RAW, Table.MANGLE, Table.NAT)
        .or(this::refusedAsMartian)
        .orElseGet(() -> host.isLocal(packet.destination()) ? deliver() : forward());
  }

  /** Loopback addresses don't arrive from outside, unless DNAT has replaced them by now. */
  private Optional<Verdict> refusedAsMartian() {
    return packet.destination().isLoopback() && !input.equals(Host.LOOPBACK)
        ? Optional.of(new Verdict.Unroutable(packet.destination()))
        : Optional.empty();
  }

  private Verdict deliver() {
    return pass(Hook.INPUT, Table.MANGLE, Table.FILTER, Table.SECURITY)
        .orElseGet(() -> new Verdict.Delivered(packet.destination(), packet.destinationPort()));
  }

  private Verdict forward() {
    Optional<String> route = host.route(packet.destination());
    if (route.isEmpty()) {
      return new Verdict.Unroutable(packet.destination());
    }
    output = route.get();
    return pass(Hook.FORWARD, Table.MANGLE, Table.FILTER, Table.SECURITY)
        .or(() -> pass(Hook.POSTROUTING, Table.MANGLE, Table.NAT))
        .orElseGet(this::leaving);
  }

  private Verdict send() {
    Optional<String> route = host.route(packet.destination());
    if (route.isEmpty()) {
      return new Verdict.Unroutable(packet.destination());
    }
    output = route.get();
    Optional<Verdict> stopped = pass(Hook.OUTPUT, Table.RAW, Table.MANGLE, Table.NAT);
    if (stopped.isPresent()) {
      return stopped.get();
    }
    // DNAT may have sent it another way.
    Optional<String> rerouted = host.route(packet.destination());
    if (rerouted.isEmpty()) {
      return new Verdict.Unroutable(packet.destination());
    }
    output = rerouted.get();
    return pass(Hook.OUTPUT, Table.FILTER, Table.SECURITY)
        .or(() -> pass(Hook.POSTROUTING, Table.MANGLE, Table.NAT))
        .orElseGet(() -> host.isLocal(packet.destination()) ? loopBack() : leaving());
  }

  /** It arrives again on the loopback interface; nat has decided already. */
  private Verdict loopBack() {
    input = Host.LOOPBACK;
    output = "";
    return pass(Hook.PREROUTING, Table.RAW, Table.MANGLE).orElseGet(this::deliver);
  }

  private Verdict leaving() {
    return new Verdict.Forwarded(packet.destination(), packet.destinationPort(), output);
  }

  /** Goes through a hook's base chains. A verdict is there only if the packet goes no further. */
  private Optional<Verdict> pass(Hook hook, Table... order) {
    return Stream.of(order)
        .flatMap(table -> tables.chain(table, hook.name()).stream())
        .flatMap(chain -> pass(chain).stream())
        .findFirst();
  }

  private Optional<Verdict> pass(Chain chain) {
    return switch (walk(chain, 0)) {
      case Stopped(Verdict verdict) -> Optional.of(verdict);
      case Decided() -> Optional.empty();
      case Undecided() ->
          chain.policy().equals(Optional.of(Policy.DROP))
              ? Optional.of(new Verdict.Dropped(chain.table(), chain.name(), Optional.empty()))
              : Optional.empty();
    };
  }

  /** What a chain, or a rule, has to say. */
  private sealed interface Outcome {}

  /** Nothing: the next rule is asked. */
  private record Undecided() implements Outcome {}

  /** Goes on behind this table. */
  private record Decided() implements Outcome {}

  private record Stopped(Verdict verdict) implements Outcome {}

  private Outcome walk(Chain chain, int depth) {
    for (int i = 0; i < chain.rules().size(); i++) {
      Rule rule = chain.rules().get(i);
      switch (holds(rule)) {
        case NO -> {}
        case UNKNOWN -> {
          if (!isWithoutEffect(rule.action())) {
            return unknown(chain, rule);
          }
        }
        case YES -> {
          steps.add(new Trace.Step(chain.table(), chain.name(), i + 1, rule));
          if (rule.action() instanceof Action.Return) {
            return new Undecided();
          }
          Outcome outcome = act(chain, rule, depth);
          if (!(outcome instanceof Undecided)) {
            return outcome;
          }
        }
      }
    }
    return new Undecided();
  }

  private Outcome act(Chain chain, Rule rule, int depth) {
    return switch (rule.action()) {
      case Action.Accept() -> new Decided();
      case Action.Drop() -> dropped(chain, rule);
      case Action.Return() -> new Undecided();
      case Action.Jump(String target) ->
          tables
              .chain(chain.table(), target)
              .filter(next -> depth < DEEPEST)
              .map(next -> walk(next, depth + 1))
              .orElseGet(() -> unknown(chain, rule));
      case Action.JumpByInterface(var direction, String map) -> unknown(chain, rule);
      case Action.Dnat(IpAddress address, OptionalInt port) -> {
        packet = packet.to(address, port.orElse(packet.destinationPort()));
        states.add(State.DNAT);
        yield new Decided();
      }
      case Action.Snat(IpAddress address) -> leaveAs(address);
      case Action.Masquerade() ->
          host.addressOn(output, tables.family())
              .map(this::leaveAs)
              .orElseGet(
                  () -> host.isLocal(packet.destination()) ? new Decided() : unknown(chain, rule));
      case Action.Verbatim(String text) -> {
        if (isWithoutEffect(rule.action())) {
          yield new Undecided();
        }
        yield target(text).equals("REJECT") ? dropped(chain, rule) : unknown(chain, rule);
      }
    };
  }

  private Outcome leaveAs(IpAddress address) {
    packet = packet.from(address);
    states.add(State.SNAT);
    return new Decided();
  }

  private static Outcome dropped(Chain chain, Rule rule) {
    return new Stopped(new Verdict.Dropped(chain.table(), chain.name(), Optional.of(rule)));
  }

  private static Outcome unknown(Chain chain, Rule rule) {
    return new Stopped(new Verdict.Unknown(chain.table(), chain.name(), rule));
  }

  private static boolean isWithoutEffect(Action action) {
    return action instanceof Action.Verbatim(String text) && WITHOUT_EFFECT.contains(target(text));
  }

  /** The extension's name in {@code -j LOG --log-prefix x}. */
  private static String target(String text) {
    if (!text.startsWith("-j ")) {
      return text;
    }
    int end = text.indexOf(' ', 3);
    return end < 0 ? text.substring(3) : text.substring(3, end);
  }

  private Answer holds(Rule rule) {
    boolean unknown = false;
    for (Match match : rule.matches()) {
      switch (holds(match)) {
        case NO -> {
          return Answer.NO;
        }
        case UNKNOWN -> unknown = true;
        case YES -> {}
      }
    }
    return unknown ? Answer.UNKNOWN : Answer.YES;
  }

  private Answer holds(Match match) {
    return switch (match) {
      case Match.Simple simple -> Answer.of(matches(simple));
      case Match.Not(Match.Simple inner) -> Answer.of(matches(inner)).inverted();
      case Match.Comment(String text) -> Answer.YES;
      case Match.Verbatim(String text) ->
          text.startsWith("-m comment ") ? Answer.YES : Answer.UNKNOWN;
    };
  }

  private boolean matches(Match.Simple match) {
    return switch (match) {
      case Match.InputInterface(String name) -> isCalled(name, input);
      case Match.InputInterfaceAmong(List<String> names) -> names.contains(input);
      case Match.OutputInterface(String name) -> isCalled(name, output);
      case Match.Source(IpPrefix prefix) -> prefix.contains(packet.source());
      case Match.Destination(IpPrefix prefix) -> prefix.contains(packet.destination());
      case Match.Icmp(Family family) -> false;
      case Match.TransportProtocol(Protocol protocol) -> packet.protocol() == protocol;
      case Match.SourcePort(Protocol protocol, PortRange ports) ->
          packet.protocol() == protocol && ports.contains(packet.sourcePort());
      case Match.DestinationPort(Protocol protocol, PortRange ports) ->
          packet.protocol() == protocol && ports.contains(packet.destinationPort());
      case Match.SourceIsLocal() -> host.isLocal(packet.source());
      case Match.DestinationIsLocal() -> host.isLocal(packet.destination());
      case Match.ConnectionState(Set<State> wanted) -> wanted.stream().anyMatch(states::contains);
      // Only an extension could have marked it, and none is walked past.
      case Match.Mark(int value, int mask) -> value == 0;
    };
  }

  private static boolean isCalled(String pattern, String name) {
    return pattern.endsWith("+")
        ? name.startsWith(pattern.substring(0, pattern.length() - 1))
        : name.equals(pattern);
  }
}
