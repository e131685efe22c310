package dev.hairpin.rules.netfilter;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A condition on a packet. All matches of a rule must hold. */
public sealed interface Match {

  /** A match that {@link Not} can invert. */
  sealed interface Simple extends Match {}

  /** Arrived on this interface. A name that ends in {@code +} stands for all that begin so. */
  record InputInterface(String name) implements Simple {}

  /**
   * Arrived on one of these interfaces; the names stand for themselves only, and their order means
   * nothing.
   */
  record InputInterfaceAmong(List<String> names) implements Simple {
    public InputInterfaceAmong {
      names = names.stream().sorted().distinct().toList();
    }
  }

  /** Leaves by this interface. */
  record OutputInterface(String name) implements Simple {}

  record Source(IpPrefix prefix) implements Simple {}

  record Destination(IpPrefix prefix) implements Simple {}

  /** Of this protocol, whatever its ports. */
  record TransportProtocol(Protocol protocol) implements Simple {}

  /**
   * Of one of the protocols that have ports. nftables only, where a port in general can be asked
   * for but not changed before that is known.
   */
  record HasPorts() implements Simple {}

  /**
   * Sent to an address and port that a set of the table holds. nftables only.
   *
   * @param set a {@link PortSet} without data, by address
   */
  record DestinationAmong(Family family, String set) implements Simple {}

  /** ICMP, or ICMPv6 where the family is IPv6. */
  record Icmp(Family family) implements Simple {}

  /** Of this protocol and from one of these ports. */
  record SourcePort(Protocol protocol, PortRange ports) implements Simple {}

  /** Of this protocol and to one of these ports. */
  record DestinationPort(Protocol protocol, PortRange ports) implements Simple {}

  /** Of this protocol and with one of these ports, of which each may be a range. */
  record PortAmong(PortEnd end, Protocol protocol, List<PortRange> ports) implements Simple {
    public PortAmong {
      ports = List.copyOf(ports);
    }

    /** Whether a packet with these ports has one of them. */
    public boolean contains(int source, int destination) {
      return ports.stream()
          .anyMatch(range ->
              switch (end) {
                case SOURCE -> range.contains(source);
                case DESTINATION -> range.contains(destination);
                case EITHER -> range.contains(source) || range.contains(destination);
              });
    }
  }

  /** Which of a packet's ports. */
  enum PortEnd {
    SOURCE,
    DESTINATION,
    /** One of the two. iptables only. */
    EITHER
  }

  /** From any address of this host, as the routing table sees it. */
  record SourceIsLocal() implements Simple {}

  /** To any address of this host, as the routing table sees it. */
  record DestinationIsLocal() implements Simple {}

  /** Belongs to a connection in one of these states. */
  record ConnectionState(Set<State> states) implements Simple {
    public ConnectionState {
      states = Set.copyOf(states);
    }

    /** conntrack's states, in the order in which iptables prints them. */
    public enum State {
      INVALID,
      NEW,
      RELATED,
      ESTABLISHED,
      UNTRACKED,
      SNAT,
      DNAT
    }
  }

  /**
   * Belongs to a connection with this bit in its label (see {@link Action.LabelConnection}).
   *
   * @param bit 0-127
   */
  record ConnectionLabel(int bit) implements Simple {
    public ConnectionLabel {
      Action.LabelConnection.requireBit(bit);
    }
  }

  /** The packet's mark, after the mask, is this value. */
  record Mark(int value, int mask) implements Simple {}

  /**
   * Anything else, in the words of the tool that printed it. Kept, compared and written back
   * verbatim.
   */
  record Verbatim(String text) implements Match {}

  /** What its writer noted about the rule. It holds for every packet. */
  record Comment(String text) implements Match {}

  record Not(Simple match) implements Match {}

  static Match inputInterface(String name) {
    return new InputInterface(name);
  }

  static Match outputInterface(String name) {
    return new OutputInterface(name);
  }

  static Match source(IpPrefix prefix) {
    return new Source(prefix);
  }

  static Match destination(IpPrefix prefix) {
    return new Destination(prefix);
  }

  static Match sourcePort(Protocol protocol, int port) {
    return new SourcePort(protocol, PortRange.of(port));
  }

  static Match destinationPort(Protocol protocol, int port) {
    return new DestinationPort(protocol, PortRange.of(port));
  }

  static Match sourceIsLocal() {
    return new SourceIsLocal();
  }

  static Match destinationIsLocal() {
    return new DestinationIsLocal();
  }

  static Match icmp(Family family) {
    return new Icmp(family);
  }

  static Match comment(String text) {
    return new Comment(text);
  }

  static Match connectionState(ConnectionState.State first, ConnectionState.State... rest) {
    return new ConnectionState(EnumSet.of(first, rest));
  }

  /** The opposite of a match. */
  static Match not(Match match) {
    return switch (match) {
      case Simple simple -> new Not(simple);
      case Not(Simple inner) -> inner;
      case Comment(String text) ->
          throw new IllegalArgumentException("comment \"" + text + "\" can't be inverted");
      case Verbatim(String text) ->
          throw new IllegalArgumentException(
              "\"" + text + "\" is not understood, so it can't be inverted");
    };
  }
}
