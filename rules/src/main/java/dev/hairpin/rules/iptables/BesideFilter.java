package dev.hairpin.rules.iptables;

import static dev.hairpin.rules.drafting.Reasons.because;
import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Action.returnToCaller;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.OurConnections;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What has to be in iptables' filter beside a dockerd's rules, wherever ports are translated: what
 * is dropped there is let in by nobody else. Everything is in chains of our own, so that nothing of
 * ours can be taken for dockerd's, or be in its way.
 *
 * <ul>
 *   <li>HAIRPIN opens ports. It is asked in DOCKER-USER, after the user's own rules there and
 *       before dockerd's: a dockerd from 28 on drops what is not published by itself. Only what was
 *       DNATed passes, because dockerd's isolation comes later.
 *   <li>HAIRPIN-FORWARD lets a network's other packets pass, behind all that dockerd and others
 *       have to say. It asks HAIRPIN as well: dockerd before 27 makes no DOCKER-USER for IPv6.
 *   <li>FORWARD drops what nobody accepts where the host forwards only because of us: dockerd sets
 *       that policy only when it switches forwarding on itself, and 20.10 never for IPv6.
 * </ul>
 */
public final class BesideFilter {
  static final String PORTS = "HAIRPIN";
  private static final String USER = "DOCKER-USER";
  private static final String FORWARD = "HAIRPIN-FORWARD";

  private final FamilyState state;

  private BesideFilter(FamilyState state) {
    this.state = state;
  }

  /** Lets in what connection tracking knows for ours, as many rules whatever is published. */
  public static Ruleset forOurConnections(FamilyState state) {
    BesideFilter filter = new BesideFilter(state);
    return filter.rules(filter.admitOurs());
  }

  /**
   * The filter with these rules in front.
   *
   * @param opening let published ports be reached
   */
  static Ruleset opening(FamilyState state, List<Rule> opening) {
    return new BesideFilter(state).rules(opening);
  }

  private Ruleset rules(List<Rule> opening) {
    HookRules user =
        new HookRules(
            Table.FILTER,
            USER,
            Optional.empty(),
            List.of(),
            List.of(Jumps.always(PORTS, "without it, dockerd's rules drop published packets")));
    HookRules forward =
        HookRules.at(
                Table.FILTER,
                Hook.FORWARD,
                List.of(),
                List.of(Jumps.always(FORWARD, "without it, packets of networks are dropped")))
            .withPolicy(state.forwardPolicy());
    return new Ruleset(
        state.family(),
        List.of(
            Chain.regular(Table.FILTER, PORTS, opening),
            Chain.regular(Table.FILTER, FORWARD, forward())),
        List.of(Chain.regular(Table.FILTER, USER, List.of(NetworkRules.end()))),
        List.of(user, forward));
  }

  /** What comes from internal networks was translated like all others; dockerd's rules drop it. */
  private List<Rule> admitOurs() {
    Stream<Rule> internal =
        state.networks().stream()
            .filter(BridgeNetwork::internal)
            .map(network ->
                rule(because(
                        "members of the internal network %s reach published ports of others",
                        network.bridge()))
                    .when(inputInterface(network.bridge()))
                    .then(returnToCaller()));
    Rule.Draft ours =
        rule(Reason.of("without it, packets for published ports are dropped by dockerd's rules"));
    OurConnections.MATCHES.forEach(ours::when);
    return Stream.concat(internal, Stream.of(ours.then(accept()))).toList();
  }

  /** Accepts what belongs to a network, but nothing that opens one network to another. */
  private List<Rule> forward() {
    List<Rule> rules = new ArrayList<>();
    rules.add(
        Jumps.always(PORTS, "without it, published packets that met no DOCKER-USER are dropped"));
    List<BridgeNetwork> outgoing = state.openNetworks();
    outgoing.stream().map(NetworkRules::admitReplies).forEach(rules::add);
    state.networks().stream()
        .filter(BridgeNetwork::icc)
        .map(NetworkRules::admitAmongMembers)
        .forEach(rules::add);
    state.networks().stream().map(NetworkRules::leaveToOthers).forEach(rules::add);
    outgoing.stream().map(NetworkRules::admitOutgoing).forEach(rules::add);
    return rules;
  }
}
