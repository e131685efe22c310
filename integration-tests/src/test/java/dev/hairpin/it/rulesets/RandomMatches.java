package dev.hairpin.it.rulesets;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Conditions that the packets of a {@link Question} may meet, or not, in both kinds of tables. */
final class RandomMatches {
  /** How often a rule has each kind of condition. */
  private static final double SELDOM = 0.12;

  private static final List<Integer> PREFIX_LENGTHS_4 = List.of(32, 24, 16, 8, 1);
  private static final List<Integer> PREFIX_LENGTHS_6 = List.of(128, 64, 48, 16, 1);
  private static final List<String> LINKS = List.of("br1", "eth0", "lo", "br2", "br+", "e+");

  private final Family family;
  private final Addresses addresses;

  RandomMatches(Family family) {
    this.family = family;
    this.addresses = Addresses.of(family);
  }

  /** What either kind of table can ask, apart from a packet's protocol and interfaces. */
  Arbitrary<List<Match>> general(Arbitrary<Match> states) {
    return Combinators.combine(
            maybe(either(prefixes().map(Match.Source::new))),
            maybe(either(prefixes().map(Match.Destination::new))),
            maybe(either(Arbitraries.just(new Match.SourceIsLocal()))),
            maybe(either(Arbitraries.just(new Match.DestinationIsLocal()))),
            maybe(states),
            maybe(either(marks())),
            maybe(Arbitraries.just(Match.comment("why"))))
        .as((source, destination, fromLocal, toLocal, state, mark, comment) ->
            Stream.of(source, destination, fromLocal, toLocal, state, mark, comment)
                .flatMap(Optional::stream)
                .toList());
  }

  /** A condition on each of the interfaces that are known where the rule is asked. */
  Arbitrary<List<Match>> interfaces(Set<Hook> askedAt) {
    Arbitrary<Optional<Match>> input =
        askedAt.contains(Hook.OUTPUT) || askedAt.contains(Hook.POSTROUTING)
            ? Arbitraries.just(Optional.empty())
            : maybe(either(Arbitraries.of(LINKS).map(Match.InputInterface::new)));
    Arbitrary<Optional<Match>> output =
        askedAt.contains(Hook.PREROUTING) || askedAt.contains(Hook.INPUT)
            ? Arbitraries.just(Optional.empty())
            : maybe(either(Arbitraries.of(LINKS).map(Match.OutputInterface::new)));
    return Combinators.combine(input, output)
        .as((by, to) -> Stream.of(by, to).flatMap(Optional::stream).toList());
  }

  /** One protocol at most, and its ports. */
  Arbitrary<List<Match>> protocol() {
    return Arbitraries.of(Protocol.TCP, Protocol.UDP).flatMap(this::protocol);
  }

  private Arbitrary<List<Match>> protocol(Protocol protocol) {
    Match itself = new Match.TransportProtocol(protocol);
    Arbitrary<Match> to = destinationPorts().map(ports -> toPorts(protocol, ports));
    Arbitrary<Match> from = sourcePorts().map(ports -> fromPorts(protocol, ports));
    return Arbitraries.frequencyOf(
        Tuple.of(8, Arbitraries.just(List.of())),
        Tuple.of(2, either(Arbitraries.just((Match.Simple) itself)).map(List::of)),
        Tuple.of(1, either(Arbitraries.just((Match.Simple) new Match.Icmp(family))).map(List::of)),
        Tuple.of(3, to.map(List::of)),
        Tuple.of(1, from.map(List::of)),
        Tuple.of(1, Combinators.combine(from, to).as(List::of)),
        Tuple.of(1, to.map(ports -> List.of(itself, Match.not(ports)))),
        Tuple.of(1, from.map(ports -> List.of(itself, Match.not(ports)))));
  }

  /** One protocol at most, and a port that must not be: nftables can ask for that alone. */
  Arbitrary<List<Match>> protocolOrOtherPort() {
    return Arbitraries.frequencyOf(
        Tuple.of(9, protocol()),
        Tuple.of(
            1,
            Combinators.combine(RandomPortSets.protocols(), destinationPorts())
                .as((protocol, ports) -> List.of(Match.not(toPorts(protocol, ports))))));
  }

  /** One protocol for certain, and perhaps its ports. */
  Arbitrary<List<Match>> protocolForCertain() {
    return Arbitraries.of(Protocol.TCP, Protocol.UDP)
        .flatMap(protocol ->
            Arbitraries.oneOf(
                Arbitraries.just(List.of(new Match.TransportProtocol(protocol))),
                destinationPorts().map(ports -> List.of(toPorts(protocol, ports)))));
  }

  /** Any states of iptables', also inverted. */
  static Arbitrary<Match> states() {
    return either(
        Arbitraries.of(State.class)
            .set()
            .ofMinSize(1)
            .ofMaxSize(3)
            .map(Match.ConnectionState::new));
  }

  static Arbitrary<PortRange> destinationPorts() {
    return Arbitraries.of(
        PortRange.of(80), new PortRange(80, 90), new PortRange(1, 8080), PortRange.of(8080));
  }

  private static Arbitrary<PortRange> sourcePorts() {
    return Arbitraries.of(
        new PortRange(Question.LOW_PORTS, Question.HIGH_PORTS - 1),
        new PortRange(Question.HIGH_PORTS, 65535),
        PortRange.of(53));
  }

  private Arbitrary<IpPrefix> prefixes() {
    return Combinators.combine(
            Arbitraries.of(addresses.all()),
            Arbitraries.of(family == Family.IPV4 ? PREFIX_LENGTHS_4 : PREFIX_LENGTHS_6))
        .as(RandomMatches::prefix);
  }

  private static IpPrefix prefix(IpAddress address, int length) {
    return IpPrefix.parse(address + "/" + length);
  }

  private static Arbitrary<Match.Mark> marks() {
    return Arbitraries.of(
        new Match.Mark(1, -1), new Match.Mark(0, -1), new Match.Mark(1, 1), new Match.Mark(2, 6));
  }

  private static Match toPorts(Protocol protocol, PortRange ports) {
    return new Match.DestinationPort(protocol, ports);
  }

  private static Match fromPorts(Protocol protocol, PortRange ports) {
    return new Match.SourcePort(protocol, ports);
  }

  /** The condition, or its opposite. */
  static Arbitrary<Match> either(Arbitrary<? extends Match.Simple> matches) {
    return Combinators.combine(matches, Arbitraries.of(false, false, true))
        .as((match, inverted) -> inverted ? Match.not(match) : match);
  }

  static <T> Arbitrary<Optional<T>> maybe(Arbitrary<T> thing) {
    return thing.optional(SELDOM);
  }
}
