package dev.hairpin.rules.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Address plan: containers 192.0.2.0/24, this host 198.51.100.1, a client 203.0.113.7. */
class PacketTracerTest {
  private static final IpAddress CLIENT = IpAddress.parse("203.0.113.7");
  private static final IpAddress HOST = IpAddress.parse("198.51.100.1");
  private static final IpAddress C1 = IpAddress.parse("192.0.2.2");
  private static final Host WORLD =
      new Host(
          List.of(
              new Host.Interface("eth0", List.of(HOST)),
              new Host.Interface("docker0", List.of(IpAddress.parse("192.0.2.1")))),
          List.of(
              new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"),
              new Host.Route(IpPrefix.parse("192.0.2.0/24"), "docker0"),
              new Host.Route(IpPrefix.parse("2001:db8:2::/64"), "docker0")));

  @Test
  void aHostWithoutRulesDeliversAndForwards() {
    assertThat(trace("", fromClient(HOST)).verdict()).isEqualTo(new Verdict.Delivered(HOST, 80));
    assertThat(trace("", fromClient(C1)).verdict())
        .isEqualTo(new Verdict.Forwarded(C1, 80, "docker0"));
  }

  @Test
  void everyRuleThatMatchedIsAStep() {
    Trace trace =
        trace(
            """
            *filter
            :FORWARD ACCEPT
            :DOCKER -
            -A FORWARD -i eth1 -j DROP
            -A FORWARD -o docker0 -j DOCKER
            -A DOCKER -d 192.0.2.2/32 -p tcp -m tcp --dport 80 -j ACCEPT
            COMMIT
            """,
            fromClient(C1));

    assertThat(trace.steps())
        .extracting(step -> step.at() + " " + step.number())
        .containsExactly("filter FORWARD 2", "filter DOCKER 1");
  }

  @Test
  void thePolicyDropsWhatNoRuleDecided() {
    assertThat(trace("*filter\n:FORWARD DROP\nCOMMIT\n", fromClient(C1)).verdict())
        .isInstanceOfSatisfying(
            Verdict.Dropped.class,
            dropped -> {
              assertThat(dropped.at()).isEqualTo(new Place.Iptables(Table.FILTER, "FORWARD"));
              assertThat(dropped.rule()).isEmpty();
            });
  }

  @Test
  void whoeverSentARejectedPacketIsTold() {
    assertThat(filtered("-A FORWARD -j REJECT --reject-with icmp-port-unreachable"))
        .isInstanceOf(Verdict.Rejected.class);
  }

  @Test
  void aRuleThatOnlyCountsOrLogsDecidesNothing() {
    assertThat(filtered("-A FORWARD -m recent --set\n-A FORWARD -j LOG --log-prefix \"a b\""))
        .isInstanceOf(Verdict.Forwarded.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
        "-j DSCP --set-dscp 0x00",
        "-j TOS --set-tos 0x00/0xff",
        "-j CLASSIFY --set-class 0001:0001"
      })
  void aRuleThatOnlyWritesIntoThePacketDecidesNothing(String rule) {
    assertThat(filtered("-A FORWARD " + rule)).isInstanceOf(Verdict.Forwarded.class);
  }

  @Test
  void aConditionThatIsNotUnderstoodMakesTheAnswerUnknown() {
    assertThat(filtered("-A FORWARD -m recent --rcheck --seconds 60 -j DROP"))
        .isInstanceOf(Verdict.Unknown.class);
  }

  @Test
  void aConditionThatIsNotUnderstoodDoesNotMatterWhereAnotherFails() {
    assertThat(filtered("-A FORWARD -i eth1 -m recent --rcheck --seconds 60 -j DROP"))
        .isInstanceOf(Verdict.Forwarded.class);
  }

  /** The packet is sent from port 40000 to port 80. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-p tcp -m multiport --dports 443,80 | true",
        "-p tcp -m multiport --dports 443,79:81 | true",
        "-p tcp -m multiport --dports 443,40000 | false",
        "-p udp -m multiport --dports 80 | false",
        "-p tcp -m multiport --sports 80 | false",
        "-p tcp -m multiport --sports 40000 | true",
        "-p tcp -m multiport --ports 80 | true",
        "-p tcp -m multiport --ports 40000 | true",
        "-p tcp -m multiport ! --dports 80,443 | false",
        "-p tcp -m multiport ! --dports 443 | true",
        "-p udp -m multiport ! --dports 443 | false"
      })
  void oneOfSeveralPortsIsEnough(String matches, boolean holds) {
    assertThat(filtered("-A FORWARD " + matches + " -j DROP"))
        .isInstanceOf(holds ? Verdict.Dropped.class : Verdict.Forwarded.class);
  }

  @Test
  void aCommentIsNoCondition() {
    assertThat(filtered("-A FORWARD -m comment --comment \"not today\" -j DROP"))
        .isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void anActionThatIsNotUnderstoodMakesTheAnswerUnknown() {
    assertThat(filtered("-A FORWARD -j NFQUEUE --queue-num 0")).isInstanceOf(Verdict.Unknown.class);
  }

  @Test
  void chainsThatCallEachOtherForEverAreNotFollowedForEver() {
    String rules =
        """
        *filter
        :FORWARD ACCEPT
        :A -
        :B -
        -A FORWARD -j A
        -A A -j B
        -A B -j A
        COMMIT
        """;

    assertThat(trace(rules, fromClient(C1)).verdict()).isInstanceOf(Verdict.Unknown.class);
  }

  @Test
  void loopbackAddressesDoNotArriveFromOutside() {
    IpAddress loopback = IpAddress.parse("127.0.0.1");

    assertThat(trace("", fromClient(loopback)).verdict())
        .isEqualTo(new Verdict.Unroutable(loopback));
  }

  @Test
  void loopbackAddressesPassWhereTheInterfaceLetsThem() {
    IpAddress loopback = IpAddress.parse("127.0.0.1");
    String dnat =
        """
        *nat
        :OUTPUT ACCEPT
        :POSTROUTING ACCEPT
        -A OUTPUT -m addrtype --dst-type LOCAL -j DNAT --to-destination 192.0.2.2
        -A POSTROUTING -o docker0 -m addrtype --src-type LOCAL -j MASQUERADE
        COMMIT
        """;
    Packet packet = Packet.sent(Protocol.TCP, loopback, loopback, 80);
    Host letting = WORLD.withLoopbackPassing(Set.of("docker0"));

    assertThat(trace(dnat, packet).verdict()).isInstanceOf(Verdict.Unroutable.class);
    Trace let = new PacketTracer(IptablesText.parse(Family.IPV4, dnat), letting).trace(packet);
    assertThat(let.verdict()).isEqualTo(new Verdict.Forwarded(C1, 80, "docker0"));
    assertThat(let.source()).isEqualTo(IpAddress.parse("192.0.2.1"));
  }

  @Test
  void packetsFromALinkLocalAddressAreNotRoutedOnwards() {
    IpAddress container = IpAddress.parse("2001:db8:2::2");
    Host world =
        new Host(
            List.of(new Host.Interface("eth0", List.of(IpAddress.parse("2001:db8::1")))),
            List.of(new Host.Route(IpPrefix.parse("2001:db8:2::/64"), "docker0")));
    PacketTracer tracer = new PacketTracer(Tables.empty(Family.IPV6), world);
    IpAddress neighbour = IpAddress.parse("fe80::7");

    assertThat(
            tracer.trace(Packet.arriving("eth0", Protocol.TCP, neighbour, container, 80)).verdict())
        .isEqualTo(new Verdict.Unroutable(container));
  }

  @Test
  void aHostThatDoesNotForwardOnlyBridges() {
    Host idle = WORLD.withForwarding(Set.of());
    PacketTracer tracer = new PacketTracer(Tables.empty(Family.IPV4), idle);
    Packet bridged = Packet.bridged("docker0", Protocol.TCP, IpAddress.parse("192.0.2.3"), C1, 80);

    assertThat(tracer.trace(fromClient(C1)).verdict()).isEqualTo(new Verdict.Unroutable(C1));
    assertThat(tracer.trace(bridged).verdict()).isEqualTo(new Verdict.Forwarded(C1, 80, "docker0"));
  }

  @Test
  void ofIpv6WhatDnatSendsBackOverItsBridgeNeedsNoForwarding() {
    Host idle = WORLD.withForwarding(Set.of()).withBridges(Set.of("docker0"));
    Host bridgingAlone = idle.withBridgedMeetingRules(false);

    assertThat(dnatedBack(idle, "2001:db8::1", "2001:db8:2::2", "2001:db8:2::3"))
        .isInstanceOf(Verdict.Forwarded.class);
    assertThat(dnatedBack(bridgingAlone, "2001:db8::1", "2001:db8:2::2", "2001:db8:2::3"))
        .isInstanceOf(Verdict.Unroutable.class);
    assertThat(dnatedBack(idle, "198.51.100.1", "192.0.2.2", "192.0.2.3"))
        .isInstanceOf(Verdict.Unroutable.class);
  }

  /** A packet for the host from one container, which DNAT gives to another one. */
  private static Verdict dnatedBack(Host host, String to, String container, String from) {
    IpAddress asked = IpAddress.parse(to);
    String rules =
        "*nat\n:PREROUTING ACCEPT\n-A PREROUTING -d %s -j DNAT --to-destination %s\nCOMMIT\n"
            .formatted(IpPrefix.of(asked), container);
    Packet packet = Packet.arriving("docker0", Protocol.TCP, IpAddress.parse(from), asked, 80);
    return new PacketTracer(IptablesText.parse(asked.family(), rules), host)
        .trace(packet)
        .verdict();
  }

  @Test
  void anAddressOfThisHostDoesNotArriveFromOutside() {
    assertThat(trace("", Packet.arriving("eth0", Protocol.TCP, HOST, C1, 80)).verdict())
        .isEqualTo(new Verdict.Unroutable(C1));
  }

  @Test
  void bridgedPacketsMeetTheRulesOnlyWhereTheyAreSentThere() {
    String rules = "*filter\n:FORWARD DROP\nCOMMIT\n";
    Packet packet = Packet.bridged("docker0", Protocol.TCP, IpAddress.parse("192.0.2.3"), C1, 80);
    Host without = WORLD.withBridgedMeetingRules(false);

    assertThat(trace(rules, packet).verdict()).isInstanceOf(Verdict.Dropped.class);
    assertThat(
            new PacketTracer(IptablesText.parse(Family.IPV4, rules), without)
                .trace(packet)
                .verdict())
        .isEqualTo(new Verdict.Forwarded(C1, 80, "docker0"));
  }

  @Test
  void theWholeOutputHookSeesTheInterfaceFromBeforeDnat() {
    String rules =
        """
        *filter
        :OUTPUT ACCEPT
        -A OUTPUT -o docker0 -j DROP
        COMMIT
        *nat
        :OUTPUT ACCEPT
        -A OUTPUT -d 198.51.100.1/32 -p tcp -j DNAT --to-destination 192.0.2.2
        COMMIT
        """;

    assertThat(trace(rules, Packet.sent(Protocol.TCP, HOST, HOST, 80)).verdict())
        .isEqualTo(new Verdict.Forwarded(C1, 80, "docker0"));
  }

  @Test
  void aMarkThatOneRuleSetsIsSeenByOthers() {
    String rules =
        """
        *mangle
        :PREROUTING ACCEPT
        -A PREROUTING -i eth0 -j MARK --set-xmark 0xe/0xffffffff
        COMMIT
        *filter
        :FORWARD DROP
        -A FORWARD -m mark --mark 0x2/0x3 -j ACCEPT
        COMMIT
        """;

    assertThat(trace(rules, fromClient(C1)).verdict()).isInstanceOf(Verdict.Forwarded.class);
    assertThat(trace(rules.replace("0xe/", "0xd/"), fromClient(C1)).verdict())
        .isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void aConnectionThatWasDnatedIsKnownAsSuch() {
    String rules =
        """
        *filter
        :FORWARD DROP
        -A FORWARD -m conntrack --ctstate DNAT -j ACCEPT
        COMMIT
        *nat
        :PREROUTING ACCEPT
        -A PREROUTING -d 198.51.100.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.0.2.2:8080
        COMMIT
        """;

    assertThat(trace(rules, fromClient(HOST)).verdict())
        .isEqualTo(new Verdict.Forwarded(C1, 8080, "docker0"));
    assertThat(trace(rules, fromClient(C1)).verdict()).isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void anAnswerGoesBackUnderTheAddressThatWasAsked() {
    String rules =
        """
        *filter
        :FORWARD DROP
        -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A FORWARD -m conntrack --ctstate DNAT -j ACCEPT
        COMMIT
        *nat
        :PREROUTING ACCEPT
        :POSTROUTING ACCEPT
        -A PREROUTING -d 198.51.100.1/32 -p tcp -j DNAT --to-destination 192.0.2.2:8080
        -A POSTROUTING -o docker0 -j MASQUERADE
        COMMIT
        """;

    Trace answer = answer(rules, WORLD, fromClient(HOST)).orElseThrow();

    assertThat(answer.verdict()).isEqualTo(new Verdict.Forwarded(CLIENT, 40000, "eth0"));
    assertThat(answer.source()).isEqualTo(HOST);
    assertThat(answer.steps()).hasSize(1);
  }

  @Test
  void anAnswerMeetsRulesOfItsOwn() {
    String rules =
        """
        *raw
        :PREROUTING ACCEPT
        -A PREROUTING -d 192.0.2.2/32 ! -i docker0 -j DROP
        COMMIT
        """;
    Packet toClient = Packet.arriving("docker0", Protocol.TCP, C1, CLIENT, 80);

    assertThat(trace(rules, toClient).verdict()).isInstanceOf(Verdict.Forwarded.class);
    assertThat(answer(rules, WORLD, toClient).orElseThrow().verdict())
        .isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void aNeighboursAnswerMayNotPassTheHost() {
    String rules =
        """
        *nat
        :PREROUTING ACCEPT
        -A PREROUTING -d 198.51.100.1/32 -p tcp -j DNAT --to-destination 192.0.2.2
        COMMIT
        """;
    Packet fromNeighbour =
        Packet.arriving("docker0", Protocol.TCP, IpAddress.parse("192.0.2.3"), HOST, 80);
    Host without = WORLD.withBridgedMeetingRules(false);

    assertThat(answer(rules, WORLD, fromNeighbour).orElseThrow().source()).isEqualTo(HOST);
    assertThat(answer(rules, without, fromNeighbour).orElseThrow().source()).isEqualTo(C1);
  }

  @Test
  void thisHostIsAnsweredToo() {
    String rules =
        """
        *nat
        :OUTPUT ACCEPT
        -A OUTPUT -d 198.51.100.1/32 -p tcp -j DNAT --to-destination 192.0.2.2
        COMMIT
        """;

    Trace answer = answer(rules, WORLD, Packet.sent(Protocol.TCP, HOST, HOST, 80)).orElseThrow();

    assertThat(answer.verdict()).isEqualTo(new Verdict.Delivered(HOST, 40000));
    assertThat(answer.source()).isEqualTo(HOST);
  }

  /** A host takes nothing from others that seems to be from itself. */
  @Test
  void whoGetsItsOwnPacketBackDoesNotAnswer() {
    String rules =
        """
        *nat
        :PREROUTING ACCEPT
        :POSTROUTING ACCEPT
        -A PREROUTING -d 198.51.100.1/32 -p tcp -j DNAT --to-destination 192.0.2.2
        -A POSTROUTING -s 192.0.2.2/32 -d 192.0.2.2/32 -j MASQUERADE
        COMMIT
        """;
    Packet fromItself = Packet.arriving("docker0", Protocol.TCP, C1, HOST, 80);

    assertThat(answer(rules, WORLD, fromItself).orElseThrow().source()).isEqualTo(HOST);
    assertThat(answer(rules.replace("MASQUERADE", "ACCEPT"), WORLD, fromItself)).isEmpty();
  }

  @Test
  void whatNobodyGetsIsNotAnswered() {
    assertThat(answer("*filter\n:FORWARD DROP\nCOMMIT\n", WORLD, fromClient(C1))).isEmpty();
  }

  @Test
  void aPacketOfTheOtherFamilyIsRefused() {
    Packet packet =
        Packet.arriving(
            "eth0",
            Protocol.TCP,
            IpAddress.parse("2001:db8::1"),
            IpAddress.parse("2001:db8::2"),
            80);

    assertThatIllegalArgumentException().isThrownBy(() -> trace("", packet));
  }

  private static Verdict filtered(String rules) {
    return trace("*filter\n:FORWARD ACCEPT\n" + rules + "\nCOMMIT\n", fromClient(C1)).verdict();
  }

  private static Packet fromClient(IpAddress destination) {
    return Packet.arriving("eth0", Protocol.TCP, CLIENT, destination, 80);
  }

  private static Optional<Trace> answer(String rules, Host host, Packet packet) {
    return new PacketTracer(IptablesText.parse(Family.IPV4, rules), host).traceAnswer(packet);
  }

  private static Trace trace(String rules, Packet packet) {
    return new PacketTracer(IptablesText.parse(Family.IPV4, rules), WORLD).trace(packet);
  }
}
