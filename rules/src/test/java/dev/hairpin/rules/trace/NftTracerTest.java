package dev.hairpin.rules.trace;

import static dev.hairpin.rules.netfilter.Action.accept;
import static dev.hairpin.rules.netfilter.Action.dnatTo;
import static dev.hairpin.rules.netfilter.Action.drop;
import static dev.hairpin.rules.netfilter.Action.masquerade;
import static dev.hairpin.rules.netfilter.Action.snatTo;
import static dev.hairpin.rules.netfilter.Match.inputInterface;
import static dev.hairpin.rules.netfilter.Match.not;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftChain.Base;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * How nftables' own tables are gone through, alone and beside iptables'. The order of chains was
 * tried on a kernel (6.18).
 *
 * <p>Address plan: containers 192.0.2.0/24, this host 198.51.100.1, a client 203.0.113.7.
 */
class NftTracerTest {
  static final IpAddress CLIENT = IpAddress.parse("203.0.113.7");
  private static final IpAddress HOST = IpAddress.parse("198.51.100.1");
  static final IpAddress C1 = IpAddress.parse("192.0.2.2");
  static final IpAddress C2 = IpAddress.parse("192.0.2.3");
  private static final Host WORLD =
      new Host(
          List.of(
              new Host.Interface("eth0", List.of(HOST)),
              new Host.Interface("docker0", List.of(IpAddress.parse("192.0.2.1")))),
          List.of(
              new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"),
              new Host.Route(IpPrefix.parse("192.0.2.0/24"), "docker0")));

  @Test
  void aRuleThatAcceptsEndsItsOwnBaseChainOnly() {
    NftTable ours = table("ours", filter("forward", 0, Rule.of(List.of(), accept())));
    NftTable theirs = table("theirs", filter("forward", 10, Rule.of(List.of(), drop())));

    assertThat(trace(fromClient(C1), ours, theirs).verdict())
        .isInstanceOfSatisfying(
            Verdict.Dropped.class,
            dropped -> assertThat(dropped.at()).hasToString("theirs forward"));
  }

  @Test
  void aDropIsFinalWhateverALaterChainAccepts() {
    NftTable early = table("early", filter("forward", -10, Rule.of(List.of(), drop())));
    NftTable late = table("late", filter("forward", 0, Rule.of(List.of(), accept())));

    Trace trace = trace(fromClient(C1), late, early);

    assertThat(trace.verdict()).isInstanceOf(Verdict.Dropped.class);
    assertThat(trace.steps()).extracting(step -> step.at().chain()).containsExactly("forward");
  }

  @Test
  void aPortThatAPacketMustNotBeForIsOneOfThatProtocol() {
    Rule rule = Rule.of(List.of(not(Match.destinationPort(Protocol.TCP, 22))), drop());
    NftTable ours = table("ours", filter("forward", 0, rule));
    Packet datagram = Packet.arriving("eth0", Protocol.UDP, CLIENT, C1, 80);

    assertThat(trace(fromClient(C1), ours).verdict()).isInstanceOf(Verdict.Dropped.class);
    assertThat(trace(datagram, ours).verdict()).isInstanceOf(Verdict.Forwarded.class);
  }

  @Test
  void chainsOfBothKindsAreAskedInTheOrderOfTheirPriorities() {
    Rule noted = Rule.of(List.of(), new Action.Verbatim(""));
    NftTable table =
        table(
            "ours",
            filter("behind", 10, noted),
            filter("before", -10, noted),
            filter("beforeMangle", -160, noted));

    Trace trace =
        trace(
            """
            *mangle
            :FORWARD ACCEPT
            -A FORWARD -i eth0
            COMMIT
            *filter
            :FORWARD ACCEPT
            -A FORWARD -i eth0
            COMMIT
            """,
            fromClient(C1),
            table);

    assertThat(trace.steps())
        .extracting(step -> step.at().toString())
        .containsExactly(
            "ours beforeMangle", "mangle FORWARD", "ours before", "filter FORWARD", "ours behind");
  }

  /**
   * A container asks for a port that is published from its own network: the bridge itself hands it
   * on, and calls POSTROUTING without the interface that it came by.
   */
  @Test
  void whereABridgeHandsAPacketOnItsInputIsUnknownAtLast() {
    NftTable table =
        table(
            "ours",
            nat("dnat", Hook.PREROUTING, -100, Rule.of(List.of(), dnatTo(C2, 80))),
            nat(
                "snat",
                Hook.POSTROUTING,
                100,
                Rule.of(List.of(inputInterface("docker0")), masquerade())));
    Tables tables = new Tables(Family.IPV4, List.of(), List.of(table));
    Packet packet = Packet.arriving("docker0", Protocol.TCP, C1, HOST, 8080);

    assertThat(
            new PacketTracer(tables, WORLD.withBridges(Set.of("docker0"))).trace(packet).source())
        .isEqualTo(C1);
    assertThat(new PacketTracer(tables, WORLD).trace(packet).source())
        .as("by a router on a stick")
        .isNotEqualTo(C1);
  }

  @Test
  void thePolicyOfABaseChainDrops() {
    NftTable table =
        table(
            "ours",
            new NftChain(
                "forward",
                Optional.of(new Base(NftChain.Type.FILTER, Hook.FORWARD, Base.FILTER, Policy.DROP)),
                List.of()));

    assertThat(trace(fromClient(C1), table).verdict())
        .isEqualTo(new Verdict.Dropped(new Place.Nftables("ours", "forward"), Optional.empty()));
  }

  @Test
  void ofTwoEqualChainsTheYoungerTranslates() {
    NftTable older = table("older", dnat(Base.DSTNAT, C1));
    NftTable younger = table("younger", dnat(Base.DSTNAT, C2));

    assertThat(trace(fromClient(HOST), older, younger).verdict())
        .isEqualTo(new Verdict.Forwarded(C2, 80, "docker0"));
  }

  @Test
  void aBoundDestinationIsNotBoundAgain() {
    NftTable first = table("first", dnat(Base.DSTNAT - 1, C1));
    NftTable second = table("second", dnat(Base.DSTNAT, C2));

    Trace trace = trace(fromClient(HOST), first, second);

    assertThat(trace.verdict()).isEqualTo(new Verdict.Forwarded(C1, 80, "docker0"));
    assertThat(trace.steps()).hasSize(1);
  }

  @Test
  void translatingHasItsOwnPlaceWhateverPriorityItsChainAsksFor() {
    NftTable table =
        table(
            "ours",
            new NftChain(
                "filtering",
                Optional.of(new Base(NftChain.Type.FILTER, Hook.PREROUTING, 0, Policy.ACCEPT)),
                List.of(Rule.of(List.of(Match.destination(IpPrefix.of(HOST))), drop()))),
            dnat(10, C1));

    assertThat(trace(fromClient(HOST), table).verdict())
        .isEqualTo(new Verdict.Forwarded(C1, 80, "docker0"));
  }

  @Test
  void whichKindOfTableTranslatesFirstCannotBeSeen() {
    String iptables =
        """
        *nat
        :PREROUTING ACCEPT
        -A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.0.2.3:80
        COMMIT
        """;

    assertThat(trace(iptables, fromClient(HOST), table("ours", dnat(Base.DSTNAT, C1))).verdict())
        .isInstanceOf(Verdict.Unknown.class);
    assertThat(trace(iptables, fromClient(HOST), table("ours", dnat(Base.DSTNAT, C2))).verdict())
        .isEqualTo(new Verdict.Forwarded(C2, 80, "docker0"));
    assertThat(
            trace(iptables, fromClient(HOST), table("ours", dnat(Base.DSTNAT - 1, C1))).verdict())
        .isEqualTo(new Verdict.Forwarded(C1, 80, "docker0"));
  }

  @Test
  void theSourceIsBoundOnce() {
    IpAddress wanted = IpAddress.parse("198.51.100.9");
    NftTable table =
        table(
            "ours",
            nat("late", Hook.POSTROUTING, 110, Rule.of(List.of(), masquerade())),
            nat("early", Hook.POSTROUTING, 90, Rule.of(List.of(), snatTo(wanted))));

    assertThat(trace(toOutside(), table).source()).isEqualTo(wanted);
  }

  @Test
  void whatThisHostSendsToItselfIsTranslatedOnTheWayOutOnly() {
    NftTable table =
        table(
            "ours",
            nat(
                "prerouting",
                Hook.PREROUTING,
                Base.DSTNAT,
                Rule.of(List.of(Match.destinationIsLocal()), dnatTo(C1, 80))));

    assertThat(trace(Packet.sent(Protocol.TCP, HOST, HOST, 80), table).verdict())
        .isEqualTo(new Verdict.Delivered(HOST, 80));
  }

  @Test
  void whatOnlyCountsOrLogsDecidesNothing() {
    NftTable table =
        table(
            "ours",
            filter(
                "forward",
                0,
                Rule.of(List.of(), new Action.Verbatim("log {\"prefix\":\"seen\"}")),
                Rule.of(
                    List.of(new Match.Verbatim("counter \"mine\"")),
                    new Action.Verbatim("reject {\"type\":\"tcp reset\"}"))));

    assertThat(trace(fromClient(C1), table).verdict()).isInstanceOf(Verdict.Rejected.class);
  }

  @Test
  void aStatementThatIsNotUnderstoodMakesTheAnswerUnknown() {
    NftTable table =
        table(
            "ours",
            filter(
                "forward", 0, Rule.of(List.of(new Match.Verbatim("limit {\"rate\":1}")), drop())));

    assertThat(trace(fromClient(C1), table).verdict()).isInstanceOf(Verdict.Unknown.class);
  }

  @Test
  void aMarkThatAStatementSetsIsSeenByLaterChains() {
    Rule marking =
        Rule.of(
            List.of(),
            new Action.Verbatim("mangle {\"key\":{\"meta\":{\"key\":\"mark\"}},\"value\":2}"));
    Rule dropping = Rule.of(List.of(new Match.Mark(2, -1)), drop());
    NftTable table = table("ours", filter("behind", 0, dropping), filter("before", -10, marking));

    assertThat(trace(fromClient(C1), table).verdict()).isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void aDormantTableIsNotInForce() {
    NftTable dormant =
        new NftTable(
            Family.IPV4,
            /* inet= */ false,
            "ours",
            Set.of(),
            List.of(),
            List.of(),
            List.of(filter("forward", 0, Rule.of(List.of(), drop()))),
            List.of("flags [\"dormant\"]"));

    assertThat(trace(fromClient(C1), dormant).verdict()).isInstanceOf(Verdict.Forwarded.class);
  }

  @Test
  void interfacesAmongASetStandForThemselves() {
    NftTable table =
        table(
            "ours",
            filter(
                "forward",
                0,
                Rule.of(
                    List.of(not(new Match.InputInterfaceAmong(List.of("docker0", "eth0")))),
                    drop())));

    assertThat(trace(fromClient(C1), table).verdict()).isInstanceOf(Verdict.Forwarded.class);
    assertThat(trace(Packet.arriving("eth1", Protocol.TCP, CLIENT, C1, 80), table).verdict())
        .isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void aPingIsIcmpAndHasNoPorts() {
    Packet ping =
        new Packet(new Packet.Payload.Ping(), CLIENT, C1, new Packet.Origin.Arriving("eth0"), 0);
    NftTable table =
        table(
            "ours",
            filter(
                "forward",
                0,
                Rule.of(List.of(Match.destinationPort(Protocol.TCP, 80)), drop()),
                Rule.of(List.of(Match.icmp(Family.IPV4)), accept()),
                Rule.of(List.of(inputInterface("eth0")), drop())));

    assertThat(trace(ping, table).verdict()).isEqualTo(new Verdict.Forwarded(C1, 0, "docker0"));
    assertThat(trace(fromClient(C1), table).verdict()).isInstanceOf(Verdict.Dropped.class);
  }

  static NftTable table(String name, NftChain... chains) {
    return new NftTable(Family.IPV4, name, List.of(), List.of(chains));
  }

  static NftChain filter(String name, int priority, Rule... rules) {
    return new NftChain(
        name,
        Optional.of(new Base(NftChain.Type.FILTER, Hook.FORWARD, priority, Policy.ACCEPT)),
        List.of(rules));
  }

  private static NftChain dnat(int priority, IpAddress container) {
    return nat(
        "dnat",
        Hook.PREROUTING,
        priority,
        Rule.of(List.of(Match.destinationPort(Protocol.TCP, 80)), dnatTo(container, 80)));
  }

  private static NftChain nat(String name, Hook hook, int priority, Rule... rules) {
    return new NftChain(
        name,
        Optional.of(new Base(NftChain.Type.NAT, hook, priority, Policy.ACCEPT)),
        List.of(rules));
  }

  static Packet fromClient(IpAddress destination) {
    return Packet.arriving("eth0", Protocol.TCP, CLIENT, destination, 80);
  }

  static Packet toOutside() {
    return Packet.arriving("docker0", Protocol.TCP, C1, CLIENT, 80);
  }

  static Trace trace(Packet packet, NftTable... tables) {
    return trace("", packet, tables);
  }

  private static Trace trace(String iptables, Packet packet, NftTable... nftables) {
    Tables tables =
        new Tables(
            Family.IPV4, IptablesText.parse(Family.IPV4, iptables).chains(), List.of(nftables));
    return new PacketTracer(tables, WORLD).trace(packet);
  }
}
