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
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Host;
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
  private static final RuleHandles HANDLES =
      RuleHandles.parse(
          """
          {"nftables": [
            {"rule": {"family": "ip", "table": "nat", "chain": "PREROUTING", "handle": 11}},
            {"rule": {"family": "ip", "table": "nat", "chain": "DOCKER", "handle": 12}},
            {"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "handle": 21}},
            {"rule": {"family": "ip", "table": "filter", "chain": "FORWARD", "handle": 22}}]}
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
          TABLES,
          HANDLES,
          HOST,
          index ->
              switch (index) {
                case LO -> "lo";
                case ETH0 -> "eth0";
                default -> "docker0";
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
    begin(8, syn, LO);
    inBase(8, "filter", "INPUT", new Step.EndOfChain(), syn, LO, 0);

    assertThat(only().trace().hops())
        .extracting(hop -> hop.hook().name())
        .containsExactly("POSTROUTING", "INPUT");
    assertThat(only().trace().verdict())
        .isEqualTo(new Trace.Verdict.Delivered(IpAddress.parse("192.0.2.1"), 23));
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
    return new TraceEvent(
        0,
        number,
        family,
        AddressFamily.IP,
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
