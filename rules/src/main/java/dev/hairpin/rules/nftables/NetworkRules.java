package dev.hairpin.rules.nftables;

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

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.PacketMark;
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
  private final DesiredState state;
  private final Family family;

  NetworkRules(DesiredState state, Family family) {
    this.state = state;
    this.family = family;
  }

  /**
   * For packets that are about to enter a network. This chain decides, so it is the network that
   * packets go to that says who may come.
   *
   * @param ports the rules that open ports
   */
  List<Rule> into(BridgeNetwork network, List<Rule> ports) {
    List<Rule> rules = new ArrayList<>();
    rules.add(admitReplies(network));
    if (mode(network) == GatewayMode.ROUTED) {
      rules.add(admitPing(network));
    }
    state.options().acceptMark().ifPresent(mark -> rules.add(admitMarked(network, mark)));
    rules.addAll(LinkRules.of(state, network, family));
    rules.add(network.icc() ? admitAmongMembers(network) : dropAmongMembers(network));
    rules.addAll(ports);
    rules.add(mode(network) == GatewayMode.NAT_UNPROTECTED ? admitAll(network) : dropRest(network));
    return rules;
  }

  List<Rule> intoInternal(BridgeNetwork network) {
    return List.of(
        admitReplies(network),
        rule(because("packets from outside reach the internal network %s", network.bridge()))
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
            : rule(amongMembersDropped(network)).when(comment("ICC")).then(drop()));
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
        rule(because("packets from the internal network %s reach the outside", network.bridge()))
            .when(not(outputInterface(network.bridge())))
            .when(comment("INTERNAL NETWORK EGRESS"))
            .then(drop()));
  }

  /** Covers this host when it reaches a published port without a proxy. */
  Stream<Rule> sourceNatIn(BridgeNetwork network) {
    if (network.internal()) {
      return Stream.empty();
    }
    Rule.Draft draft =
        rule(because(
                "packets that this host sends from 127.0.0.1 to members of %s get no reply",
                network.bridge()))
            .when(sourceIsLocal());
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
    IpPrefix subnet = network.subnet(family).orElseThrow();
    Rule.Draft draft =
        rule(because(
                "packets from %s leave under an address that nobody outside can reply to", subnet))
            .when(not(outputInterface(network.bridge())))
            .when(source(subnet));
    return List.of(translated(draft, network, ""));
  }

  private Rule translated(Rule.Draft draft, BridgeNetwork network, String note) {
    Optional<IpAddress> chosen = Optional.ofNullable(network.sourceAddresses().get(family));
    return chosen
        .map(address -> draft.when(comment("SNAT" + note)).then(snatTo(address)))
        .orElseGet(() -> draft.when(comment("MASQUERADE" + note)).then(masquerade()));
  }

  private GatewayMode mode(BridgeNetwork network) {
    return network.gatewayMode(family);
  }

  private static Rule admitReplies(BridgeNetwork network) {
    return rule(because("replies to what members of %s asked for are dropped", network.bridge()))
        .when(connectionState(State.RELATED, State.ESTABLISHED))
        .then(accept());
  }

  private Rule admitPing(BridgeNetwork network) {
    return rule(because("members of %s don't answer a ping from outside", network.bridge()))
        .when(icmp(family))
        .when(comment("ICMP"))
        .then(accept());
  }

  private static Rule admitMarked(BridgeNetwork network, PacketMark mark) {
    return rule(because(
            "packets that were marked to be let into %s are dropped where their port is not"
                + " published",
            network.bridge()))
        .when(new Match.Mark(mark.value(), mark.mask()))
        .when(comment("ALLOW FW MARK"))
        .then(accept());
  }

  /** Bridged packets meet this chain too where br_netfilter is loaded. */
  private static Rule admitAmongMembers(BridgeNetwork network) {
    return rule(because(
            "packets between members of %s are dropped where bridged packets are filtered",
            network.bridge()))
        .when(inputInterface(network.bridge()))
        .when(comment("ICC"))
        .then(accept());
  }

  private static Rule dropAmongMembers(BridgeNetwork network) {
    return rule(amongMembersDropped(network))
        .when(inputInterface(network.bridge()))
        .when(comment("ICC"))
        .then(drop());
  }

  private static Reason amongMembersDropped(BridgeNetwork network) {
    return because(
        "members of %s reach each other's ports, although inter-container communication is"
            + " switched off",
        network.bridge());
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

  private static Reason because(String lost, Object about) {
    return Reason.of("without it, " + String.format(lost, about));
  }
}
