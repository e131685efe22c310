package dev.hairpin.rules.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The ways of packets from and to 127.0.0.1 and ::1. */
class LoopbackAddressesTest {
  private static final IpAddress LOOPBACK_4 = IpAddress.parse("127.0.0.1");
  private static final IpAddress LOOPBACK_6 = IpAddress.parse("::1");
  private static final IpAddress HOST_4 = IpAddress.parse("198.51.100.1");
  private static final IpAddress HOST_6 = IpAddress.parse("2001:db8::1");
  private static final IpAddress HOST_LINK = IpAddress.parse("fe80::1");
  private static final IpAddress CLIENT_6 = IpAddress.parse("2001:db8:f::7");
  private static final IpAddress C1_4 = IpAddress.parse("192.0.2.2");
  private static final IpAddress C1_6 = IpAddress.parse("fd00::2");
  private static final Host WORLD =
      new Host(
          List.of(
              new Host.Interface("eth0", List.of(HOST_4, HOST_6, HOST_LINK)),
              new Host.Interface("docker0", List.of(IpAddress.parse("192.0.2.1")))),
          List.of(
              new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"),
              new Host.Route(IpPrefix.parse("::/0"), "eth0"),
              new Host.Route(IpPrefix.parse("192.0.2.0/24"), "docker0"),
              new Host.Route(IpPrefix.parse("fd00::/64"), "docker0")));

  private static final String TO_LOOPBACK =
      """
      *nat
      :PREROUTING ACCEPT
      :POSTROUTING ACCEPT
      -A PREROUTING -j DNAT --to-destination ::1
      COMMIT
      """;

  @Test
  void noRuleMeetsWhatHasNoWayBeforeTheFirstOne() {
    Trace trace =
        trace(
            WORLD,
            Family.IPV4,
            "*filter\n:OUTPUT ACCEPT\n-A OUTPUT -j DROP\nCOMMIT\n",
            Packet.sent(Protocol.TCP, LOOPBACK_4, C1_4, 80));

    assertThat(trace.verdict()).isEqualTo(new Verdict.Unroutable(C1_4));
    assertThat(trace.hops()).isEmpty();
  }

  @Test
  void whereTheInterfaceLetsThemPassTheyMeetRulesAndLeave() {
    Trace trace =
        trace(
            WORLD.withLoopbackPassing(Set.of("docker0")),
            Family.IPV4,
            "*filter\n:OUTPUT ACCEPT\n-A OUTPUT -j ACCEPT\nCOMMIT\n",
            Packet.sent(Protocol.TCP, LOOPBACK_4, C1_4, 80));

    assertThat(trace.verdict()).isEqualTo(new Verdict.Forwarded(C1_4, 80, "docker0"));
    assertThat(trace.steps()).hasSize(1);
  }

  @Test
  void whatDnatLeavesWithoutAWayMeetsNoFurtherChain() {
    Trace trace =
        trace(
            WORLD,
            Family.IPV4,
            """
            *nat
            :OUTPUT ACCEPT
            -A OUTPUT -j DNAT --to-destination 192.0.2.2
            COMMIT
            *filter
            :OUTPUT ACCEPT
            -A OUTPUT -j DROP
            COMMIT
            """,
            Packet.sent(Protocol.TCP, LOOPBACK_4, LOOPBACK_4, 80));

    assertThat(trace.verdict()).isEqualTo(new Verdict.Unroutable(C1_4));
    assertThat(trace.steps()).hasSize(1);
  }

  @Test
  void ofIpv6TheyLeaveAndItIsTheReceiverWhoTakesNothing() {
    Packet packet = Packet.sent(Protocol.TCP, LOOPBACK_6, C1_6, 80);

    assertThat(trace(WORLD, Family.IPV6, "", packet).verdict())
        .isEqualTo(new Verdict.Forwarded(C1_6, 80, "docker0"));
    assertThat(tracer(WORLD, Family.IPV6, "").traceAnswer(packet)).isEmpty();
  }

  @Test
  void ofIpv6DnatSendsThemBackByTheDefaultRoute() {
    assertThat(trace(WORLD, Family.IPV6, TO_LOOPBACK, fromClient("eth0")).verdict())
        .isEqualTo(new Verdict.Forwarded(LOOPBACK_6, 80, "eth0"));
  }

  @Test
  void ofIpv6DnatLeadsThemNowhereFromAnotherInterface() {
    assertThat(trace(WORLD, Family.IPV6, TO_LOOPBACK, fromClient("docker0")).verdict())
        .isEqualTo(new Verdict.Unroutable(LOOPBACK_6));
  }

  @Test
  void ofIpv6TheyAreMasqueradedUnderTheAddressOfALink() {
    assertThat(
            trace(
                    WORLD,
                    Family.IPV6,
                    TO_LOOPBACK.replace("COMMIT", "-A POSTROUTING -j MASQUERADE\nCOMMIT"),
                    fromClient("eth0"))
                .source())
        .isEqualTo(HOST_LINK);
  }

  private static Packet fromClient(String on) {
    return Packet.arriving(on, Protocol.TCP, CLIENT_6, HOST_6, 80);
  }

  private static Trace trace(Host host, Family family, String rules, Packet packet) {
    return tracer(host, family, rules).trace(packet);
  }

  private static PacketTracer tracer(Host host, Family family, String rules) {
    return new PacketTracer(IptablesText.parse(family, rules), host);
  }
}
