package dev.hairpin.rules.promises;

import static dev.hairpin.rules.netfilter.Match.destinationPort;
import static dev.hairpin.rules.netfilter.Match.source;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What holds for the whole host while packets are sent. */
public enum Situation {
  WITH_PROXY("with the userland proxy"),
  WITHOUT_PROXY("without the userland proxy"),
  FORWARDING_SWITCHED_ON("where forwarding was switched on for us"),
  DIRECT_ROUTING("with direct routing allowed"),
  WITHOUT_RAW("without the raw table"),
  MARK_ACCEPTED("where a mark lets packets in, and somebody marks those to port 81"),
  FOREIGN_DROP("where somebody's DROP ends FORWARD"),
  FOREIGN_TABLE("where somebody's table of nftables' own drops what is forwarded"),
  USER_RULE("where the user drops what comes from outside"),
  BRIDGED_UNSEEN("where bridged packets meet no rules"),
  WITHOUT_PROXY_UNSEEN("without the userland proxy, where bridged packets meet no rules");

  private static final PacketMark MARK = new PacketMark(2, 3);

  private final String words;

  Situation(String words) {
    this.words = words;
  }

  /** Whether a layout can be in it. */
  public boolean isPossibleWith(LayoutName layout) {
    return switch (this) {
      case WITH_PROXY,
          WITHOUT_PROXY,
          FOREIGN_DROP,
          FOREIGN_TABLE,
          BRIDGED_UNSEEN,
          WITHOUT_PROXY_UNSEEN ->
          true;
      // nftables' backend switches nothing on, has no DOCKER-USER, and always drops early.
      case FORWARDING_SWITCHED_ON -> layout != LayoutName.DOCKER29_NFT;
      case USER_RULE -> layout != LayoutName.DOCKER29_NFT && layout != LayoutName.HAIRPIN;
      case WITHOUT_RAW -> layout == LayoutName.DOCKER28 || layout == LayoutName.DOCKER29;
      case DIRECT_ROUTING -> layout.compareTo(LayoutName.DOCKER28) >= 0;
      case MARK_ACCEPTED -> layout.compareTo(LayoutName.DOCKER29) >= 0;
    };
  }

  public ProxyMode proxyMode() {
    return this == WITHOUT_PROXY || this == WITHOUT_PROXY_UNSEEN
        ? ProxyMode.HAIRPIN
        : ProxyMode.USERLAND;
  }

  /** Whether packets that a bridge passes from port to port meet the rules. */
  public boolean bridgedMeetRules() {
    return this != BRIDGED_UNSEEN && this != WITHOUT_PROXY_UNSEEN;
  }

  FirewallOptions options() {
    Set<Family> both = Set.of(Family.values());
    return new FirewallOptions(
        proxyMode(),
        both,
        this == FORWARDING_SWITCHED_ON ? both : Set.of(),
        both,
        this == DIRECT_ROUTING,
        this != WITHOUT_RAW,
        this == MARK_ACCEPTED ? Optional.of(MARK) : Optional.empty());
  }

  /** What others have written before we come. */
  public Plan before(Family family) {
    return switch (this) {
      case FOREIGN_DROP ->
          new Plan(
              List.of(
                  new Change.AppendRule(
                      Table.FILTER, "FORWARD", Rule.of(List.of(), Action.drop()))));
      case FOREIGN_TABLE -> new Plan(List.of(new NftChange.WriteTable(dropping(family))));
      case MARK_ACCEPTED ->
          new Plan(List.of(new Change.AppendRule(Table.MANGLE, "PREROUTING", marking(family))));
      case WITH_PROXY,
          WITHOUT_PROXY,
          FORWARDING_SWITCHED_ON,
          DIRECT_ROUTING,
          WITHOUT_RAW,
          USER_RULE,
          BRIDGED_UNSEEN,
          WITHOUT_PROXY_UNSEEN ->
          new Plan(List.of());
    };
  }

  /** Asked after ours, whichever kind of tables these are in. */
  private static NftTable dropping(Family family) {
    NftChain.Base later =
        new NftChain.Base(
            NftChain.Type.FILTER, Hook.FORWARD, NftChain.Base.FILTER + 10, Policy.ACCEPT);
    return new NftTable(
        family,
        "others",
        List.of(),
        List.of(
            new NftChain(
                "forward", Optional.of(later), List.of(Rule.of(List.of(), Action.drop())))));
  }

  private static Rule marking(Family family) {
    IpAddress outside = Station.OUTSIDE.spot().address(family);
    List<Match> toPort81 = List.of(source(IpPrefix.of(outside)), destinationPort(Protocol.TCP, 81));
    return Rule.of(toPort81, new Action.Verbatim("-j MARK --set-xmark 0xe/0xffffffff"));
  }

  /** What others write when our rules are there. */
  public Plan afterwards(Family family) {
    if (this != USER_RULE) {
      return new Plan(List.of());
    }
    IpPrefix outside = IpPrefix.of(Station.OUTSIDE.spot().address(family));
    return new Plan(
        List.of(
            new Change.InsertRule(
                Table.FILTER, "DOCKER-USER", 1, Rule.of(List.of(source(outside)), Action.drop()))));
  }

  @Override
  public String toString() {
    return words;
  }
}
