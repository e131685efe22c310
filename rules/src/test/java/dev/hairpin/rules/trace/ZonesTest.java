package dev.hairpin.rules.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.NftJson;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Rules as firewalld writes them: chains that are gone to and not come back from, and matches on
 * other families' and protocols' packets that we have no words for.
 */
class ZonesTest {
  private static final IpAddress CLIENT = IpAddress.parse("203.0.113.7");
  private static final IpAddress CONTAINER = IpAddress.parse("192.0.2.2");
  private static final Host WORLD =
      new Host(
          List.of(
              new Host.Interface("eth0", List.of(IpAddress.parse("198.51.100.1"))),
              new Host.Interface("docker0", List.of(IpAddress.parse("192.0.2.1")))),
          List.of(
              new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"),
              new Host.Route(IpPrefix.parse("192.0.2.0/24"), "docker0")));

  @Test
  void aPacketIsRefusedWhereItsZoneIsGoneTo() throws IOException {
    Trace trace = trace(Packet.arriving("eth0", Protocol.TCP, CLIENT, CONTAINER, 80));

    assertThat(trace.verdict())
        .isInstanceOfSatisfying(
            Verdict.Rejected.class,
            rejected -> assertThat(rejected.at()).hasToString("zones refusals"));
  }

  @Test
  void aChainThatWasGoneToIsNotComeBackFrom() throws IOException {
    Trace trace = trace(Packet.arriving("eth0", Protocol.TCP, CLIENT, CONTAINER, 443));

    assertThat(trace.verdict()).isInstanceOf(Verdict.Forwarded.class);
    assertThat(trace.steps())
        .extracting(step -> step.at().chain() + " " + step.number())
        .containsExactly("forward 6", "zone 2");
  }

  @Test
  void whatReturnsFromAJumpGoesOnBehindIt() throws IOException {
    Trace trace = trace(Packet.arriving("eth0", Protocol.UDP, CLIENT, CONTAINER, 53));

    assertThat(trace.verdict()).isInstanceOf(Verdict.Forwarded.class);
    assertThat(trace.steps().getLast().at().chain()).isEqualTo("refusals");
  }

  @Test
  void iptablesGoesToChainsInTheSameWay() {
    Tables tables =
        IptablesText.parse(
            Family.IPV4,
            """
            *filter
            :FORWARD ACCEPT [0:0]
            :ZONE - [0:0]
            -A FORWARD -p esp -j DROP
            -A FORWARD -i eth0 -g ZONE
            -A FORWARD -j DROP
            -A ZONE -p tcp -m tcp --dport 80 -j DROP
            COMMIT
            """);
    PacketTracer tracer = new PacketTracer(tables, WORLD);

    assertThat(
            tracer.trace(Packet.arriving("eth0", Protocol.TCP, CLIENT, CONTAINER, 443)).verdict())
        .isInstanceOf(Verdict.Forwarded.class);
    assertThat(tracer.trace(Packet.arriving("eth0", Protocol.TCP, CLIENT, CONTAINER, 80)).verdict())
        .hasToString("Dropped[at=filter ZONE, rule=" + "Optional[" + dropped(tables) + "]]");
  }

  @Test
  void whatIsForManyAndWhatDoesNotBeginAConnectionIsPassedBy() {
    Tables tables =
        IptablesText.parse(
            Family.IPV4,
            """
            *filter
            :FORWARD ACCEPT [0:0]
            -A FORWARD -m addrtype --dst-type BROADCAST -j DROP
            -A FORWARD -m pkttype --pkt-type multicast -j DROP
            -A FORWARD -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP
            -A FORWARD -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m tcp --dport 22 -j DROP
            COMMIT
            """);
    PacketTracer tracer = new PacketTracer(tables, WORLD);
    Packet packet = Packet.arriving("eth0", Protocol.TCP, CLIENT, CONTAINER, 80);

    assertThat(tracer.trace(packet).verdict()).isInstanceOf(Verdict.Forwarded.class);
    assertThat(tracer.traceAnswer(packet).orElseThrow().verdict())
        .isInstanceOf(Verdict.Forwarded.class);
  }

  private static String dropped(Tables tables) {
    return tables.rules(Table.FILTER, "ZONE").getFirst().toString();
  }

  private static Trace trace(Packet packet) throws IOException {
    try (var json = ZonesTest.class.getResourceAsStream("/nft-json/1.0.6/zones.json")) {
      String text = new String(json.readAllBytes(), StandardCharsets.UTF_8);
      return new PacketTracer(
              new Tables(Family.IPV4, List.of(), NftJson.read(text, Family.IPV4)), WORLD)
          .trace(packet);
    }
  }
}
