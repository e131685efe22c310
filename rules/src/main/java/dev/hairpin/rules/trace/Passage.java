package dev.hairpin.rules.trace;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** One packet on its way through a host: what it looks like by now, and where it is. */
final class Passage {
  private final Host host;
  private final Set<State> states;
  private final Set<Integer> labels;
  private Packet packet;
  private String input = "";
  private String output = "";
  private boolean isTracked;

  private Passage(Host host, Packet packet, Set<State> states, Set<Integer> labels) {
    this.host = host;
    this.packet = packet;
    this.states = states;
    this.labels = labels;
  }

  /** Of the first packet of a connection. */
  static Passage of(Host host, Packet packet) {
    return new Passage(host, packet, EnumSet.of(State.NEW), new HashSet<>());
  }

  /** Of an answer to the packet whose passage this was. */
  Passage answeredBy(Packet answer) {
    Set<State> later = EnumSet.copyOf(states);
    later.remove(State.NEW);
    later.add(State.ESTABLISHED);
    return new Passage(host, answer, later, labels);
  }

  Packet packet() {
    return packet;
  }

  String input() {
    return input;
  }

  String output() {
    return output;
  }

  /** Arrives by an interface; by which one it will leave is not known yet. */
  void arriveOn(String name) {
    input = name;
    output = "";
  }

  void leaveBy(String name) {
    output = name;
  }

  /** From port to port: POSTROUTING is not told where it came in (br_nf_post_routing). */
  void leaveBridge() {
    input = "";
  }

  /** Gives an answer the destination that the asker knows itself by. */
  void returnTo(Packet asked) {
    packet = packet.to(asked.source(), OptionalInt.empty());
  }

  /** Gives an answer the source that was asked. */
  void answerAs(Packet asked) {
    packet = packet.from(asked.destination(), OptionalInt.of(asked.destinationPort()));
  }

  /**
   * Passes where the kernel finds out which connection the packet belongs to (NF_IP_PRI_CONNTRACK).
   * To the chains before that, it belongs to none.
   */
  void track() {
    isTracked = true;
  }

  /** Of the whole connection: answers have the label, too. Without a connection nothing is done. */
  void label(int bit) {
    if (isTracked) {
      labels.add(bit);
    }
  }

  void mark(int value) {
    packet = packet.marked(value);
  }

  /**
   * Binds the connection to another address; false if we can't tell to which. It counts as
   * translated only if that is another one indeed (nf_nat_setup_info).
   */
  boolean bind(Action.Translation translation) {
    return switch (translation) {
      case Action.Dnat(IpAddress address, OptionalInt port) -> {
        changeTo(packet.to(address, port), State.DNAT);
        yield true;
      }
      case Action.Snat(IpAddress address) -> {
        changeTo(packet.from(address), State.SNAT);
        yield true;
      }
      case Action.Masquerade() -> {
        Optional<IpAddress> address = host.masqueradingOn(output, packet.destination());
        address.ifPresent(own -> changeTo(packet.from(own), State.SNAT));
        yield address.isPresent();
      }
    };
  }

  private void changeTo(Packet changed, State state) {
    if (!changed.equals(packet)) {
      packet = changed;
      states.add(state);
    }
  }

  /** What a set of ports has for where the packet is sent. */
  Optional<PortSet.Element> elementOf(PortSet set) {
    return packet.payload() instanceof Packet.Payload.Segment segment
        ? set.find(segment.protocol(), packet.destination(), segment.destinationPort())
        : Optional.empty();
  }

  /**
   * Whether all of a rule's matches hold.
   *
   * @param scope the table that the rule is in
   */
  Answer holds(Rule rule, Scope scope) {
    boolean unknown = false;
    for (Match match : rule.matches()) {
      switch (holds(match, scope)) {
        case NO -> {
          return Answer.NO;
        }
        case UNKNOWN -> unknown = true;
        case YES -> {}
      }
    }
    return unknown ? Answer.UNKNOWN : Answer.YES;
  }

  private Answer holds(Match match, Scope scope) {
    return switch (match) {
      case Match.Simple simple -> holds(simple, scope);
      case Match.Not(Match.Simple inner) ->
          isAsked(inner, scope) ? holds(inner, scope).inverted() : Answer.NO;
      case Match.Comment(String text) -> Answer.YES;
      case Match.Verbatim(String text) ->
          holdsForEveryPacket(text)
              ? Answer.YES
              : KeptMatch.holds(text, packet, states.contains(State.NEW));
    };
  }

  /**
   * Whether a packet has what an inverted match asks for. Without, the match doesn't hold either: a
   * port that it must not have is one of that protocol's, and nftables leaves a rule that asks for
   * the label of no connection (nft_ct_get_eval, NFT_BREAK).
   */
  private boolean isAsked(Match.Simple match, Scope scope) {
    if (match instanceof Match.SourcePort(Protocol protocol, PortRange ports)) {
      return isOf(protocol);
    }
    if (match instanceof Match.DestinationPort(Protocol protocol, PortRange ports)) {
      return isOf(protocol);
    }
    return switch (scope) {
      case Scope.OfIptables iptables -> true;
      case Scope.OfNftables nftables -> isTracked || !(match instanceof Match.ConnectionLabel);
    };
  }

  private Answer isAmong(String set, Scope scope) {
    return scope
        .portSet(set)
        .map(known -> Answer.of(elementOf(known).isPresent()))
        .orElse(Answer.UNKNOWN);
  }

  /** nftables writes what only counts or logs among the matches, where more comes behind it. */
  private static boolean holdsForEveryPacket(String text) {
    return text.startsWith("-m comment ") || Extension.of(text) instanceof Extension.WithoutEffect;
  }

  private Answer holds(Match.Simple match, Scope scope) {
    return switch (match) {
      case Match.InputInterface(String name) -> Answer.of(isCalled(name, input));
      case Match.InputInterfaceAmong(List<String> names) -> Answer.of(names.contains(input));
      case Match.OutputInterface(String name) -> Answer.of(isCalled(name, output));
      case Match.Source(IpPrefix prefix) -> Answer.of(prefix.contains(packet.source()));
      case Match.Destination(IpPrefix prefix) -> Answer.of(prefix.contains(packet.destination()));
      case Match.Icmp(Family family) ->
          Answer.of(
              packet.payload() instanceof Packet.Payload.Ping
                  && packet.destination().family() == family);
      case Match.HasPorts() -> Answer.of(packet.payload() instanceof Packet.Payload.Segment);
      case Match.DestinationAmong(Family family, String set) -> isAmong(set, scope);
      case Match.TransportProtocol(Protocol protocol) -> Answer.of(isOf(protocol));
      case Match.SourcePort(Protocol protocol, PortRange ports) ->
          Answer.of(
              packet.payload() instanceof Packet.Payload.Segment segment
                  && isOf(protocol)
                  && ports.contains(segment.sourcePort()));
      case Match.DestinationPort(Protocol protocol, PortRange ports) ->
          Answer.of(
              packet.payload() instanceof Packet.Payload.Segment segment
                  && isOf(protocol)
                  && ports.contains(segment.destinationPort()));
      case Match.PortAmong among ->
          Answer.of(
              packet.payload() instanceof Packet.Payload.Segment segment
                  && isOf(among.protocol())
                  && among.contains(segment.sourcePort(), segment.destinationPort()));
      case Match.SourceIsLocal() -> Answer.of(host.isLocal(packet.source()));
      case Match.DestinationIsLocal() -> Answer.of(host.isLocal(packet.destination()));
      case Match.ConnectionState(Set<State> wanted) ->
          Answer.of(wanted.stream().anyMatch(states()::contains));
      case Match.ConnectionLabel(int bit) -> Answer.of(isTracked && labels.contains(bit));
      case Match.Mark(int value, int mask) -> Answer.of((packet.mark() & mask) == value);
    };
  }

  /** A packet of no connection counts as invalid (xt_conntrack.c, nft_ct.c). */
  private Set<State> states() {
    return isTracked ? states : Set.of(State.INVALID);
  }

  private boolean isOf(Protocol protocol) {
    return packet.payload() instanceof Packet.Payload.Segment segment
        && segment.protocol() == protocol;
  }

  private static boolean isCalled(String pattern, String name) {
    return pattern.endsWith("+")
        ? name.startsWith(pattern.substring(0, pattern.length() - 1))
        : name.equals(pattern);
  }
}
