package dev.hairpin.rules.nftables;

import static dev.hairpin.rules.drafting.Reasons.because;
import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.netfilter.Action.masquerade;
import static dev.hairpin.rules.netfilter.Action.snatTo;
import static dev.hairpin.rules.netfilter.Match.comment;
import static dev.hairpin.rules.netfilter.Match.connectionState;
import static dev.hairpin.rules.netfilter.Match.icmp;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static dev.hairpin.rules.netfilter.Match.outputInterface;
import static dev.hairpin.rules.netfilter.Match.source;
import static dev.hairpin.rules.netfilter.Match.sourceIsLocal;
import static dev.hairpin.rules.netfilter.Rule.rule;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.drafting.FamilyState;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a network's four chains hold, whatever is published from it. */
final class NetworkRules {
  private final FamilyState state;

  NetworkRules(FamilyState state) {
    this.state = state;
  }

  /**
   * For packets that are about to enter a network. This chain decides, so it is the network that
   * packets go to that says who may come.
   *
   * @param ofAll the rules that open ports to everybody
   * @param ofOthers those that open them to everybody but members
   */
  List<Rule> into(BridgeNetwork network, List<Rule> ofAll, List<Rule> ofOthers) {
    List<Rule> rules = new ArrayList<>();
    rules.add(admitReplies(network));
    if (mode(network) == GatewayMode.ROUTED) {
      rules.add(admitPing(network));
    }
    state.options().acceptMark().ifPresent(mark -> rules.add(admitMarked(mark)));
    rules.addAll(ofAll);
    rules.addAll(LinkRules.of(state, network));
    rules.add(network.icc() ? admitAmongMembers(network) : dropAmongMembers(network));
    rules.addAll(ofOthers);
    rules.add(mode(network) == GatewayMode.NAT_UNPROTECTED ? admitAll(network) : dropRest(network));
    return rules;
  }

  List<Rule> intoInternal(BridgeNetwork network) {
    return List.of(
        admitReplies(network),
        rule(Reasons.internalReached(network))
            .when(not(inputInterface(network.bridge())))
            .when(comment("INTERNAL NETWORK INGRESS"))
            .then(drop()),
        network.icc()
            ? rule(Reason.of(
                    "lets members of "
                        + network.bridge()
                        + " reach each other, as the chain's end would"))
                .when(comment("ICC"))
                .then(accept())
            : rule(Reasons.membersMeet(network)).when(comment("ICC")).then(drop()));
  }

  /** For packets that come out of a network; those into another one were decided before. */
  List<Rule> outOf(BridgeNetwork network) {
    return List.of(
        rule(Reason.of(
                "lets replies of members of " + network.bridge() + " pass, as the next rule would"))
            .when(connectionState(State.RELATED, State.ESTABLISHED))
            .then(accept()),
        rule(Reason.of(
                "lets packets from members of "
                    + network.bridge()
                    + " to elsewhere pass, as the policy would"))
            .when(comment("OUTGOING"))
            .then(accept()));
  }

  List<Rule> outOfInternal(BridgeNetwork network) {
    return List.of(
        rule(because("replies of members of %s to elsewhere are dropped", network.bridge()))
            .when(connectionState(State.RELATED, State.ESTABLISHED))
            .then(accept()),
        rule(Reasons.internalGetsOut(network))
            .when(not(outputInterface(network.bridge())))
            .when(comment("INTERNAL NETWORK EGRESS"))
            .then(drop()));
  }

  /** Covers this host when it reaches a published port without a proxy. */
  Stream<Rule> sourceNatIn(BridgeNetwork network) {
    if (network.internal()) {
      return Stream.empty();
    }
    Rule.Draft draft = rule(Reasons.noReplyToHost(network, state.family())).when(sourceIsLocal());
    return switch (state.options().proxyMode()) {
      case USERLAND -> Stream.empty();
      case HAIRPIN -> Stream.of(translated(draft, network, " FROM HOST"));
    };
  }

  /** Lets members call out under the host's address. */
  List<Rule> sourceNatOut(BridgeNetwork network) {
    if (network.internal() || !network.masquerade() || mode(network) == GatewayMode.ROUTED) {
      return List.of();
    }
    IpPrefix subnet = network.subnet(state.family()).orElseThrow();
    Rule.Draft draft =
        rule(Reasons.noReplyFromOutside(subnet))
            .when(not(outputInterface(network.bridge())))
            .when(source(subnet));
    return List.of(translated(draft, network, ""));
  }

  private Rule translated(Rule.Draft draft, BridgeNetwork network, String note) {
    Optional<IpAddress> chosen = Optional.ofNullable(network.sourceAddresses().get(state.family()));
    return chosen
        .map(address -> draft.when(comment("SNAT" + note)).then(snatTo(address)))
        .orElseGet(() -> draft.when(comment("MASQUERADE" + note)).then(masquerade()));
  }

  private GatewayMode mode(BridgeNetwork network) {
    return network.gatewayMode(state.family());
  }

  private static Rule admitReplies(BridgeNetwork network) {
    return rule(Reasons.repliesDropped(network))
        .when(connectionState(State.RELATED, State.ESTABLISHED))
        .then(accept());
  }

  private Rule admitPing(BridgeNetwork network) {
    return rule(Reasons.notPinged(network))
        .when(icmp(state.family()))
        .when(comment("ICMP"))
        .then(accept());
  }

  private static Rule admitMarked(PacketMark mark) {
    return rule(Reasons.markedDropped(mark))
        .when(new Match.Mark(mark.value(), mark.mask()))
        .when(comment("ALLOW FW MARK"))
        .then(accept());
  }

  private static Rule admitAmongMembers(BridgeNetwork network) {
    return rule(Reasons.membersParted(network))
        .when(inputInterface(network.bridge()))
        .when(comment("ICC"))
        .then(accept());
  }

  private static Rule dropAmongMembers(BridgeNetwork network) {
    return rule(Reasons.membersMeet(network))
        .when(inputInterface(network.bridge()))
        .when(comment("ICC"))
        .then(drop());
  }

  private static Rule dropRest(BridgeNetwork network) {
    return rule(because(
            "packets reach ports of members of %s that nobody published, from wherever a route"
                + " leads here",
            network.bridge()))
        .when(comment("UNPUBLISHED PORT DROP"))
        .then(drop());
  }

  private static Rule admitAll(BridgeNetwork network) {
    return rule(Reason.of(
            "lets packets to every port of members of "
                + network.bridge()
                + " pass, published or not, as the chain's end would"))
        .when(comment("UNPROTECTED"))
        .then(accept());
  }
}
