package dev.hairpin.rules.layouts;

import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.netfilter.Action.jump;
import static dev.hairpin.rules.netfilter.Action.masquerade;
import static dev.hairpin.rules.netfilter.Match.connectionState;
import static dev.hairpin.rules.netfilter.Match.destination;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Match.outputInterface;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Match.sourceIsLocal;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The exact forms of rules that dockerds of all generations write for a bridge. A rule that says
 * the same in another form was written by somebody else.
 */
final class DockerdRules {
  /** What 28.0.0 calls its sets, with the family's number behind it. */
  private static final String IPSET = "--match-set docker-ext-bridges-v";

  private DockerdRules() {}

  // ---- in dockerd's own chains

  /** Whether a rule of one of dockerd's own chains can only be there for this bridge. */
  static boolean names(String bridge, String chain, Rule rule) {
    Match in = inputInterface(bridge);
    Match out = outputInterface(bridge);
    return switch (chain) {
      case DockerdChains.STAGE_1 ->
          rule.equals(rule(jump(DockerdChains.STAGE_2), in, not(out)))
              || keepsOutOfInternal(bridge, rule);
      case DockerdChains.INTERNAL -> keepsOutOfInternal(bridge, rule);
      case DockerdChains.BRIDGE -> rule.equals(rule(jump(DockerdChains.DOCKER), out));
      case DockerdChains.CT ->
          rule.equals(rule(accept(), out, connectionState(State.RELATED, State.ESTABLISHED)));
      case String other -> false;
    };
  }

  private static boolean keepsOutOfInternal(String bridge, Rule rule) {
    Match out = outputInterface(bridge);
    return excludedSource(rule).stream()
        .map(Match::source)
        .map(Match::not)
        .anyMatch(outside ->
            rule.equals(rule(drop(), outside, out))
                || rule.equals(rule(drop(), outside, not(inputInterface(bridge)), out)));
  }

  private static Optional<IpPrefix> excludedSource(Rule rule) {
    return rule.matches().stream()
        .flatMap(match ->
            match instanceof Match.Not(Match.Source(IpPrefix subnet))
                ? Stream.of(subnet)
                : Stream.empty())
        .findFirst();
  }

  // ---- in FORWARD

  /** 28.0.0 only: all its bridges at once. */
  static boolean asksIpset(Rule rule) {
    return rule.matches().stream()
        .anyMatch(match -> match instanceof Match.Verbatim(String text) && text.contains(IPSET));
  }

  /** {@code -o BRIDGE -j DOCKER}: up to 27. */
  static boolean checksPorts(String bridge, Rule rule) {
    return rule.equals(rule(jump(DockerdChains.DOCKER), outputInterface(bridge)));
  }

  /** {@code -o BRIDGE -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT}: up to 27. */
  static boolean admitsReplies(String bridge, Rule rule) {
    return rule.equals(
        rule(accept(), outputInterface(bridge), connectionState(State.RELATED, State.ESTABLISHED)));
  }

  /** {@code -i BRIDGE ! -o BRIDGE -j ACCEPT}: up to 27, and in 28.0.0 where members are parted. */
  static boolean admitsOutgoing(String bridge, Rule rule) {
    return rule.equals(rule(accept(), inputInterface(bridge), not(outputInterface(bridge))));
  }

  /** {@code -i BRIDGE -j ACCEPT}: in 28.0.0 where members may meet. */
  static boolean admitsFrom(String bridge, Rule rule) {
    return rule.equals(rule(accept(), inputInterface(bridge)));
  }

  /** {@code -i BRIDGE -o BRIDGE -j ACCEPT}: up to 28.0.0. */
  static boolean admitsAmong(String bridge, Rule rule) {
    return rule.equals(rule(accept(), inputInterface(bridge), outputInterface(bridge)));
  }

  /** {@code -i BRIDGE -o BRIDGE -j DROP}: up to 28.0.0. */
  static boolean dropsAmong(String bridge, Rule rule) {
    return rule.equals(rule(drop(), inputInterface(bridge), outputInterface(bridge)));
  }

  // ---- in nat POSTROUTING

  /** {@code -o BRIDGE -m addrtype --src-type LOCAL -j MASQUERADE}. */
  static boolean translatesLocal(String bridge, Rule rule) {
    return isSourceNat(rule.action())
        && rule.equals(rule(rule.action(), outputInterface(bridge), sourceIsLocal()));
  }

  /** {@code -s SUBNET ! -o BRIDGE -j MASQUERADE}. */
  static boolean translatesOutgoing(String bridge, IpPrefix subnet, Rule rule) {
    return isSourceNat(rule.action())
        && rule.equals(rule(rule.action(), source(subnet), not(outputInterface(bridge))));
  }

  /** {@code -s CONTAINER -d CONTAINER -p tcp -m tcp --dport 80 -j MASQUERADE}. */
  static boolean masqueradesOwnPort(IpPrefix container, Rule rule) {
    return destinationPort(rule)
        .map(port -> rule(masquerade(), source(container), destination(container), port))
        .map(rule::equals)
        .orElse(false);
  }

  private static boolean isSourceNat(Action action) {
    return switch (action) {
      case Action.Masquerade() -> true;
      case Action.Snat(var address) -> true;
      case Action other -> false;
    };
  }

  // ---- in mangle POSTROUTING

  /** What goes with the rule that publishes an SCTP port. */
  static Optional<Rule> fillsChecksumFor(Rule published) {
    return published.action() instanceof Action.Dnat(IpAddress address, OptionalInt port)
            && port.isPresent()
            && published.matches().stream().anyMatch(DockerdRules::isSctp)
        ? Optional.of(
            rule(
                new Action.Verbatim("-j CHECKSUM --checksum-fill"),
                Match.sourcePort(Protocol.SCTP, port.getAsInt())))
        : Optional.empty();
  }

  private static boolean isSctp(Match match) {
    return match instanceof Match.DestinationPort(Protocol protocol, PortRange ports)
        && protocol == Protocol.SCTP;
  }

  // ---- in raw PREROUTING

  /** From 28 on: for an endpoint, and up to 28.1 for one port of it. */
  static boolean dropsDirectAccess(String bridge, IpPrefix container, Rule rule) {
    Match elsewhere = not(inputInterface(bridge));
    return rule.equals(rule(drop(), destination(container), elsewhere))
        || destinationPort(rule)
            .map(port -> rule(drop(), destination(container), elsewhere, port))
            .map(rule::equals)
            .orElse(false);
  }

  static boolean dropsDirectAccessToOnePort(Rule rule) {
    return destinationPort(rule).isPresent()
        && bridges(rule)
            .filter(bridge -> !bridge.equals("lo"))
            .anyMatch(bridge ->
                destinationOf(rule).stream()
                    .anyMatch(container -> dropsDirectAccess(bridge, container, rule)));
  }

  /** {@code -d CONTAINER -i TRUSTED -j ACCEPT}. */
  static boolean admitsTrusted(String trusted, IpPrefix container, Rule rule) {
    return rule.equals(rule(accept(), destination(container), inputInterface(trusted)));
  }

  /** A port on a loopback address: only from this host, or from Windows around it. */
  static boolean guardsLoopback(IpPrefix host, Match port, Rule rule) {
    return rule.equals(rule(drop(), destination(host), not(inputInterface("lo")), port))
        || rule.equals(rule(accept(), destination(host), inputInterface("loopback0"), port));
  }

  // ---- parts of a rule

  /** The interfaces that a rule asks for, or against. */
  static Stream<String> bridges(Rule rule) {
    return rule.matches().stream()
        .map(match -> match instanceof Match.Not(Match.Simple inner) ? inner : match)
        .flatMap(match ->
            switch (match) {
              case Match.InputInterface(String name) -> Stream.of(name);
              case Match.OutputInterface(String name) -> Stream.of(name);
              case Match other -> Stream.empty();
            })
        .distinct();
  }

  static Optional<IpPrefix> sourceOf(Rule rule) {
    return rule.matches().stream()
        .flatMap(match ->
            match instanceof Match.Source(IpPrefix prefix) ? Stream.of(prefix) : Stream.empty())
        .findFirst();
  }

  static Optional<IpPrefix> destinationOf(Rule rule) {
    return rule.matches().stream()
        .flatMap(match ->
            match instanceof Match.Destination(IpPrefix prefix)
                ? Stream.of(prefix)
                : Stream.empty())
        .findFirst();
  }

  static Optional<Match> destinationPort(Rule rule) {
    return rule.matches().stream().filter(Match.DestinationPort.class::isInstance).findFirst();
  }

  private static Rule rule(Action action, Match... matches) {
    return Rule.of(List.of(matches), action);
  }
}
