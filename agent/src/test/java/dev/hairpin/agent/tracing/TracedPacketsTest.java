package dev.hairpin.agent.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.PacketHeader.TcpFlag;
import dev.hairpin.agent.tracing.TraceEvent.Step;
import dev.hairpin.agent.tracing.TraceEvent.Tracked;
import dev.hairpin.agent.tracing.TraceEvent.Verdict;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Events as a kernel told them of one published port. */
class TracedPacketsTest {
  private static final int ETH0 = 2;
  private static final int DOCKER0 = 3;
  private static final int LO = 1;
  private static final int VETH1 = 4;
  private static final int VETH2 = 5;

  private static final Tables TABLES =
      IptablesText.parse(
          Family.IPV4,
          """
          *nat
          :PREROUTING ACCEPT
          :INPUT ACCEPT
          :OUTPUT ACCEPT
          :POSTROUTING ACCEPT
          :DOCKER -
          -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
          -A DOCKER -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
          COMMIT
          *filter
          :INPUT ACCEPT
          :FORWARD DROP
          :OUTPUT ACCEPT
          -A INPUT -p tcp -m tcp --dport 23 -j DROP
          -A FORWARD -o docker0 -j ACCEPT
          COMMIT
          """);
  private static final Tables LEGACY =
      IptablesText.parse(
          Family.IPV4,
          """
          *nat
          :PREROUTING ACCEPT
          :INPUT ACCEPT
          :OUTPUT ACCEPT
          :POSTROUTING ACCEPT
          -A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
          COMMIT
          *filter
          :INPUT ACCEPT
          :FORWARD DROP
          :OUTPUT ACCEPT
          :DOCKER-USER -
          -A FORWARD -j DOCKER-USER
          -A DOCKER-USER -s 192.0.2.2/32 -j REJECT --reject-with icmp-port-unreachable
          COMMIT
          """);
  private static final RuleHandles HANDLES =
      RuleHandles.parse(
          """
          {"nftables": [
            {"rule": {"family": "ip", "table": "nat", "chain": "PREROUTING", "handle": 11}},
            {"rule": {"family": "ip", "table": "nat", "chain": "DOCKER", "handle": 12}},
            {"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "handle": 21}},
            {"rule": {"family": "ip", "table": "filter", "chain": "FORWARD", "handle": 22}}]}
          """);
  private static final BridgeChains BRIDGE =
      BridgeChains.parse(
          """
          table bridge filter { # handle 1
          	chain FORWARD { # handle 1
          		type filter hook forward priority filter; policy accept;
          		ip daddr 172.17.0.9 drop # handle 7
          	}
          }
          """);
  private static final Host HOST =
      new Host(
          List.of(new Host.Interface("eth0", List.of(IpAddress.parse("192.0.2.1")))),
          List.of(
              new Host.Route(IpPrefix.parse("172.17.0.0/16"), "docker0"),
              new Host.Route(IpPrefix.parse("192.0.2.0/24"), "eth0")));

  private static final PacketHeader SYN =
      header("192.0.2.2", 40000, "192.0.2.1", 8080, TcpFlag.SYN);
  private static final PacketHeader SYN_BEHIND_DNAT =
      header("192.0.2.2", 40000, "172.17.0.2", 80, TcpFlag.SYN);

  private final TracedPackets packets =
      new TracedPackets(
          new TracedRules(TABLES, HANDLES, BRIDGE, new LegacyRules(LEGACY, true)),
          HOST,
          new TracedPackets.Interfaces() {
            @Override
            public String name(int index) {
              return switch (index) {
                case LO -> "lo";
                case ETH0 -> "eth0";
                case VETH1 -> "veth1";
                case VETH2 -> "veth2";
                default -> "docker0";
              };
            }

            @Override
            public Optional<String> bridgeOf(String port) {
              return port.startsWith("veth") ? Optional.of("docker0") : Optional.empty();
            }
          },
          event -> event.table().equals("hairpin-trace-1"));

  @Test
  void theRulesThatAPacketMetAreFoundByTheirHandles() {
    begin(7, SYN, ETH0);
    inBase(7, "nat", "PREROUTING", new Step.Rule(11, new Verdict.Jump("DOCKER")), SYN, ETH0, 0);
    inChain(7, "nat", "DOCKER", new Step.Rule(12, new Verdict.Accept()));
    inBase(
        7,
        "filter",
        "FORWARD",
        new Step.Rule(22, new Verdict.Accept()),
        SYN_BEHIND_DNAT,
        ETH0,
        DOCKER0);
    inBase(7, "nat", "POSTROUTING", new Step.EndOfChain(), SYN_BEHIND_DNAT, ETH0, DOCKER0);
    atLast(7, "left", SYN_BEHIND_DNAT, ETH0, DOCKER0);

    TracedPacket packet = only();
    assertThat(packet.kind()).isEqualTo("SYN");
    assertThat(packet.isFirstOfConnection()).isTrue();
    assertThat(packet.trace().hops())
        .extracting(TracedPacketsTest::text)
        .containsExactly(
            "nat PREROUTING eth0>: 192.0.2.1 [PREROUTING 1, DOCKER 1] then 172.17.0.2",
            "filter FORWARD eth0>docker0: 172.17.0.2 [FORWARD 1]",
            "nat POSTROUTING eth0>docker0: 172.17.0.2 []");
    assertThat(packet.trace().verdict())
        .isEqualTo(new Trace.Verdict.Forwarded(IpAddress.parse("172.17.0.2"), 80, "docker0"));
  }

  /** As where nobody has put a rule into a chain behind that. */
  @Test
  void whatTheLastRuleMadeOfItIsSeenAtTheEnd() {
    begin(7, SYN, ETH0);
    inBase(7, "nat", "PREROUTING", new Step.Rule(11, new Verdict.Jump("DOCKER")), SYN, ETH0, 0);
    inChain(7, "nat", "DOCKER", new Step.Rule(12, new Verdict.Accept()));
    atLast(7, "left", SYN_BEHIND_DNAT, ETH0, DOCKER0);

    assertThat(only().trace().hops())
        .extracting(TracedPacketsTest::text)
        .containsExactly(
            "nat PREROUTING eth0>: 192.0.2.1 [PREROUTING 1, DOCKER 1] then 172.17.0.2");
    assertThat(only().trace().verdict())
        .isEqualTo(new Trace.Verdict.Forwarded(IpAddress.parse("172.17.0.2"), 80, "docker0"));
  }

  /** Its source, on the way out. */
  @Test
  void whatAnAnswerIsGivenBackIsSeenAtTheEnd() {
    PacketHeader answer = header("172.17.0.2", 80, "192.0.2.2", 40000, TcpFlag.SYN, TcpFlag.ACK);
    PacketHeader given = header("192.0.2.1", 8080, "192.0.2.2", 40000, TcpFlag.SYN, TcpFlag.ACK);
    begin(7, answer, DOCKER0);
    inBase(7, "filter", "FORWARD", new Step.EndOfChain(), answer, DOCKER0, ETH0);
    atLast(7, "left", given, DOCKER0, ETH0);

    Hop last = only().trace().hops().getLast();
    assertThat(last.hook()).isEqualTo(Hook.POSTROUTING);
    assertThat(last.chain()).isEmpty();
    assertThat(last.before().source()).isEqualTo(IpAddress.parse("172.17.0.2"));
    assertThat(only().trace().last().source()).isEqualTo(IpAddress.parse("192.0.2.1"));
  }

  @Test
  void whatNeverComesToAnEndIsDroppedByTheKernelItself() {
    begin(7, SYN, ETH0);
    inBase(7, "nat", "PREROUTING", new Step.Rule(11, new Verdict.Jump("DOCKER")), SYN, ETH0, 0);
    inChain(7, "nat", "DOCKER", new Step.Rule(12, new Verdict.Accept()));

    assertThat(only().trace().verdict())
        .isEqualTo(new Trace.Verdict.Unroutable(IpAddress.parse("172.17.0.2")));
  }

  /** No nat chain is asked for it: between two chains it has another address. */
  @Test
  void whatConntrackTranslatesOnItsOwnStandsForItself() {
    PacketHeader ack = header("192.0.2.2", 40000, "192.0.2.1", 8080, TcpFlag.ACK);
    PacketHeader ackBehindDnat = header("192.0.2.2", 40000, "172.17.0.2", 80, TcpFlag.ACK);
    begin(7, ack, ETH0);
    inBase(
        7,
        "filter",
        "FORWARD",
        new Step.Rule(22, new Verdict.Accept()),
        ackBehindDnat,
        ETH0,
        DOCKER0);

    assertThat(only().trace().hops())
        .extracting(TracedPacketsTest::text)
        .containsExactly(
            "conntrack eth0>: 192.0.2.1 [] then 172.17.0.2",
            "filter FORWARD eth0>docker0: 172.17.0.2 [FORWARD 1]");
  }

  @Test
  void behindABridgeAPacketHasAnotherNumberThatAnotherMayHaveHad() {
    PacketHeader other = header("172.17.0.2", 80, "192.0.2.9", 50000, TcpFlag.ACK);
    PacketHeader answer = header("172.17.0.2", 80, "192.0.2.2", 40000, TcpFlag.SYN, TcpFlag.ACK);
    begin(9, other, DOCKER0);
    begin(7, answer, DOCKER0);
    inBase(9, "filter", "FORWARD", new Step.EndOfChain(), answer, DOCKER0, ETH0);

    assertThat(packets.all())
        .extracting(packet -> packet.kind() + " " + packet.trace().hops().size())
        .containsExactly("ACK 0", "SYN+ACK 1");
  }

  @Test
  void whoDroppedItIsTheRuleOrThePolicy() {
    PacketHeader telnet = header("192.0.2.2", 40000, "192.0.2.1", 23, TcpFlag.SYN);
    begin(7, telnet, ETH0);
    inBase(7, "filter", "INPUT", new Step.Rule(21, new Verdict.Drop()), telnet, ETH0, 0);
    begin(8, SYN_BEHIND_DNAT, ETH0);
    inBase(8, "filter", "FORWARD", new Step.EndOfChain(), SYN_BEHIND_DNAT, ETH0, DOCKER0);
    inChain(8, "filter", "FORWARD", new Step.AsPolicy(Policy.DROP));

    assertThat(packets.all())
        .extracting(packet -> packet.trace().verdict())
        .satisfiesExactly(
            byRule ->
                assertThat(((Trace.Verdict.Dropped) byRule).rule())
                    .contains(
                        TABLES.chains().stream()
                            .filter(
                                chain -> chain.name().equals("INPUT") && !chain.rules().isEmpty())
                            .findFirst()
                            .orElseThrow()
                            .rules()
                            .getFirst()),
            byPolicy -> assertThat(((Trace.Verdict.Dropped) byPolicy).rule()).isEmpty());
  }

  @Test
  void whatLeavesByLoopbackAndComesInAgainIsOnePacket() {
    PacketHeader syn = header("192.0.2.1", 40000, "192.0.2.1", 23, TcpFlag.SYN);
    begin(7, syn, 0);
    inBase(7, "nat", "POSTROUTING", new Step.EndOfChain(), syn, 0, LO);
    atLast(7, "left", syn, 0, LO);
    begin(8, syn, LO);
    inBase(8, "filter", "INPUT", new Step.EndOfChain(), syn, LO, 0);
    atLast(8, "delivered", syn, LO, 0);

    assertThat(only().trace().hops())
        .extracting(hop -> hop.hook().name())
        .containsExactly("POSTROUTING", "INPUT");
    assertThat(only().trace().verdict())
        .isEqualTo(new Trace.Verdict.Delivered(IpAddress.parse("192.0.2.1"), 23));
  }

  /** The same frame in the order of a real kernel, with br_netfilter. */
  @Test
  void betweenPortsOfABridgeBothLayersAreOnePackets() {
    PacketHeader syn = header("172.17.0.2", 40000, "172.17.0.3", 80, TcpFlag.SYN);
    beginOnBridge(7, syn, VETH1);
    onBridge(7, "nat-PREROUTING", syn, VETH1, 0);
    begin(7, syn, DOCKER0);
    inBase(7, "nat", "PREROUTING", new Step.EndOfChain(), syn, DOCKER0, 0);
    // Where ebtables has a chain of its own, ours at the same place is left out.
    onBridge(7, "filter-FORWARD", syn, VETH1, VETH2);
    inBridgeTable(7, "filter", "FORWARD", new Step.EndOfChain(), syn);
    inBase(7, "filter", "FORWARD", new Step.Rule(22, new Verdict.Accept()), syn, DOCKER0, DOCKER0);
    onBridge(7, "nat-POSTROUTING", syn, 0, VETH2);
    atLast(7, "left", syn, 0, DOCKER0);

    assertThat(only().trace().hops())
        .extracting(TracedPacketsTest::text)
        .containsExactly(
            "bridge broute BROUTING veth1>: 172.17.0.3 []",
            "bridge nat PREROUTING veth1>: 172.17.0.3 []",
            "nat PREROUTING docker0>: 172.17.0.3 []",
            "bridge filter FORWARD veth1>veth2: 172.17.0.3 []",
            "filter FORWARD docker0>docker0: 172.17.0.3 [FORWARD 1]",
            "bridge nat POSTROUTING >veth2: 172.17.0.3 []");
    assertThat(only().packet().origin()).isEqualTo(new Packet.Origin.Bridged("docker0"));
    assertThat(only().trace().verdict())
        .isEqualTo(new Trace.Verdict.Forwarded(IpAddress.parse("172.17.0.3"), 80, "docker0"));
  }

  /** The bridge itself receives it, under another number. */
  @Test
  void whatComesUpFromABridgeIsStillThePacketThatCameByItsPort() {
    PacketHeader syn = header("172.17.0.2", 40000, "192.0.2.2", 80, TcpFlag.SYN);
    beginOnBridge(7, syn, VETH1);
    onBridge(7, "filter-INPUT", syn, VETH1, 0);
    begin(8, syn, DOCKER0);
    inBase(8, "filter", "FORWARD", new Step.EndOfChain(), syn, DOCKER0, ETH0);

    assertThat(only().trace().hops())
        .extracting(hop -> hop.hook().name())
        .containsExactly("PREROUTING", "INPUT", "FORWARD");
    assertThat(only().packet().origin()).isEqualTo(new Packet.Origin.Arriving("docker0"));
  }

  @Test
  void aRuleOfABridgesTableIsNamedInNftsWords() {
    PacketHeader syn = header("172.17.0.2", 40000, "172.17.0.9", 80, TcpFlag.SYN);
    beginOnBridge(7, syn, VETH1);
    inBridgeTable(7, "filter", "FORWARD", new Step.Rule(7, new Verdict.Drop()), syn);

    Trace.Verdict.Dropped dropped = (Trace.Verdict.Dropped) only().trace().verdict();
    assertThat(dropped.at()).isEqualTo(new Place.Bridge("filter", "FORWARD"));
    assertThat(dropped.rule().orElseThrow().action())
        .isEqualTo(new Action.Verbatim("ip daddr 172.17.0.9 drop"));
  }

  @Test
  void aPacketIsTakenOnceWhenItIsThroughAndNoneBeforeAnEarlierOne() {
    PacketHeader ack = header("192.0.2.2", 40000, "192.0.2.1", 8080, TcpFlag.ACK);
    beginAt(10, 7, SYN);
    beginAt(20, 8, ack);
    inBaseAt(30, 7, SYN);

    assertThat(packets.take(30)).isEmpty();
    assertThat(packets.take(31)).extracting(TracedPacket::kind).containsExactly("SYN", "ACK");
    assertThat(packets.take(99)).isEmpty();
    assertThat(packets.begun()).isEqualTo(2);
  }

  private void beginAt(long nanos, long number, PacketHeader header) {
    packets.add(
        at(
            nanos,
            event(
                number,
                AddressFamily.INET,
                "hairpin-trace-1",
                "tracing",
                new Step.Rule(1, new Verdict.Accept()),
                Optional.of(header),
                ETH0,
                0)));
  }

  private void inBaseAt(long nanos, long number, PacketHeader header) {
    packets.add(
        at(
            nanos,
            event(
                number,
                AddressFamily.IP,
                "nat",
                "PREROUTING",
                new Step.EndOfChain(),
                Optional.of(header),
                ETH0,
                0)));
  }

  private static TraceEvent at(long nanos, TraceEvent event) {
    return new TraceEvent(
        nanos,
        event.packet(),
        event.family(),
        event.hook(),
        event.table(),
        event.chain(),
        event.step(),
        event.mark(),
        event.input(),
        event.output(),
        event.header(),
        event.tracked());
  }

  /** Tables of both kinds are asked at the same hooks. */
  @Test
  void legacyTablesAreToldOfInTheirOrder() {
    begin(7, SYN, ETH0);
    inLegacy("nat", "PREROUTING", LoggedStep.Kind.RULE, 1, SYN, ETH0, 0);
    inBase(7, "nat", "PREROUTING", new Step.EndOfChain(), SYN_BEHIND_DNAT, ETH0, 0);
    inLegacy("filter", "FORWARD", LoggedStep.Kind.RULE, 1, SYN_BEHIND_DNAT, ETH0, DOCKER0);
    inLegacy("filter", "DOCKER-USER", LoggedStep.Kind.RETURN, 2, SYN_BEHIND_DNAT, ETH0, DOCKER0);
    inLegacy("filter", "FORWARD", LoggedStep.Kind.POLICY, 2, SYN_BEHIND_DNAT, ETH0, DOCKER0);

    assertThat(only().trace().hops())
        .extracting(TracedPacketsTest::text)
        .containsExactly(
            "legacy nat PREROUTING eth0>: 192.0.2.1 [PREROUTING 1] then 172.17.0.2",
            "nat PREROUTING eth0>: 172.17.0.2 []",
            "legacy filter FORWARD eth0>docker0: 172.17.0.2 [FORWARD 1]");
    assertThat(only().trace().verdict())
        .isEqualTo(
            new Trace.Verdict.Dropped(new Place.Legacy(Table.FILTER, "FORWARD"), Optional.empty()));
  }

  @Test
  void aLegacyRuleThatRejectsHasTheSenderTold() {
    begin(7, SYN_BEHIND_DNAT, ETH0);
    inLegacy("filter", "FORWARD", LoggedStep.Kind.RULE, 1, SYN_BEHIND_DNAT, ETH0, DOCKER0);
    inLegacy("filter", "DOCKER-USER", LoggedStep.Kind.RULE, 1, SYN_BEHIND_DNAT, ETH0, DOCKER0);

    assertThat(only().trace().verdict())
        .isInstanceOfSatisfying(
            Trace.Verdict.Rejected.class,
            rejected ->
                assertThat(rejected.at()).isEqualTo(new Place.Legacy(Table.FILTER, "DOCKER-USER")));
  }

  private void inLegacy(
      String table,
      String chain,
      LoggedStep.Kind kind,
      int number,
      PacketHeader header,
      int input,
      int output) {
    packets.add(
        new LoggedStep(
            0,
            AddressFamily.IP,
            table,
            chain,
            kind,
            number,
            0,
            input == 0 ? OptionalInt.empty() : OptionalInt.of(input),
            output == 0 ? OptionalInt.empty() : OptionalInt.of(output),
            header));
  }

  @Test
  void aPingIsAnsweredByItsReply() {
    begin(7, ping(8, "192.0.2.2", "192.0.2.1"), ETH0);
    begin(8, ping(0, "192.0.2.1", "192.0.2.2"), 0);

    TracedPacket request = packets.all().getFirst();
    TracedPacket reply = packets.all().getLast();
    assertThat(request.isFirstOfConnection()).isTrue();
    assertThat(reply.isFirstOfConnection()).isFalse();
    assertThat(reply.answers(request)).isTrue();
    assertThat(request.answers(reply)).isFalse();
  }

  private static PacketHeader ping(int type, String source, String destination) {
    return new PacketHeader(
        IpAddress.parse(source),
        IpAddress.parse(destination),
        1,
        84,
        64,
        new Content.Icmp(type, 0));
  }

  private void beginOnBridge(long number, PacketHeader header, int input) {
    packets.add(
        onBridge(
            number,
            "hairpin-trace-1",
            "tracing",
            new Step.Rule(1, new Verdict.Accept()),
            header,
            input,
            0));
  }

  private void onBridge(long number, String chain, PacketHeader header, int input, int output) {
    packets.add(
        onBridge(
            number,
            "hairpin-trace-1",
            chain,
            new Step.AsPolicy(Policy.ACCEPT),
            header,
            input,
            output));
  }

  private void inBridgeTable(
      long number, String table, String chain, Step step, PacketHeader header) {
    packets.add(onBridge(number, table, chain, step, header, VETH1, VETH2));
  }

  private static TraceEvent onBridge(
      long number,
      String table,
      String chain,
      Step step,
      PacketHeader header,
      int input,
      int output) {
    return event(
        number,
        AddressFamily.BRIDGE,
        AddressFamily.BRIDGE,
        table,
        chain,
        step,
        Optional.of(header),
        input,
        output);
  }

  @Test
  void whatOthersHaveTracedIsNoneOfOurs() {
    inBase(7, "nat", "PREROUTING", new Step.EndOfChain(), SYN, ETH0, 0);

    assertThat(packets.all()).isEmpty();
  }

  private TracedPacket only() {
    assertThat(packets.all()).hasSize(1);
    return packets.all().getFirst();
  }

  private void begin(long number, PacketHeader header, int input) {
    packets.add(
        event(
            number,
            AddressFamily.INET,
            "hairpin-trace-1",
            "tracing",
            new Step.Rule(1, new Verdict.Accept()),
            Optional.of(header),
            input,
            0));
  }

  private void atLast(long number, String chain, PacketHeader header, int input, int output) {
    packets.add(
        event(
            number,
            AddressFamily.INET,
            "hairpin-trace-1",
            chain,
            new Step.AsPolicy(Policy.ACCEPT),
            Optional.of(header),
            input,
            output));
  }

  private void inBase(
      long number,
      String table,
      String chain,
      Step step,
      PacketHeader header,
      int input,
      int output) {
    packets.add(
        event(number, AddressFamily.IP, table, chain, step, Optional.of(header), input, output));
  }

  private void inChain(long number, String table, String chain, Step step) {
    packets.add(event(number, AddressFamily.IP, table, chain, step, Optional.empty(), 0, 0));
  }

  private static TraceEvent event(
      long number,
      AddressFamily family,
      String table,
      String chain,
      Step step,
      Optional<PacketHeader> header,
      int input,
      int output) {
    return event(number, family, AddressFamily.IP, table, chain, step, header, input, output);
  }

  private static TraceEvent event(
      long number,
      AddressFamily family,
      AddressFamily hook,
      String table,
      String chain,
      Step step,
      Optional<PacketHeader> header,
      int input,
      int output) {
    return new TraceEvent(
        0,
        number,
        family,
        hook,
        table,
        chain,
        step,
        0,
        input == 0 ? OptionalInt.empty() : OptionalInt.of(input),
        output == 0 ? OptionalInt.empty() : OptionalInt.of(output),
        header,
        Optional.<Tracked>empty());
  }

  private static PacketHeader header(
      String source, int sourcePort, String destination, int destinationPort, TcpFlag... flags) {
    return new PacketHeader(
        IpAddress.parse(source),
        IpAddress.parse(destination),
        6,
        60,
        64,
        new Content.Segment(Protocol.TCP, sourcePort, destinationPort, Set.of(flags)));
  }

  private static String text(Hop hop) {
    return hop.chain().map(Object::toString).orElse("conntrack")
        + " "
        + hop.input()
        + ">"
        + hop.output()
        + ": "
        + hop.before().destination()
        + " "
        + hop.steps().stream().map(step -> step.at().chain() + " " + step.number()).toList()
        + (hop.isTranslated() ? " then " + hop.after().destination() : "");
  }
}
