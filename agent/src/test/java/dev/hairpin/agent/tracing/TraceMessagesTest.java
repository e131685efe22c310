package dev.hairpin.agent.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.PacketHeader.TcpFlag;
import dev.hairpin.agent.tracing.TraceEvent.Step;
import dev.hairpin.agent.tracing.TraceEvent.Tracked;
import dev.hairpin.agent.tracing.TraceEvent.Verdict;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Policy;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TraceMessagesTest {
  private static final int NETWORK = 8;
  private static final int TRANSPORT = 9;
  private static final int LAST_ATTRIBUTE = 21;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final String CLIENT = "203.0.113.7";
  private static final String HOST = "198.51.100.1";
  private static final Verdict ACCEPT = new Verdict.Accept();

  @Test
  void whatTheKernelSaysOfAPacketIsTold() {
    ByteBuffer datagram =
        TraceDatagram.of(1)
            .number(15, 2)
            .number(6, 0xfedcba98)
            .text(2, "forward")
            .text(1, "ours")
            .rule(7, TraceDatagram.verdict(1))
            .number(14, 0x4000)
            .number(10, 3)
            .number(12, 5)
            .bytes(NETWORK, TraceDatagram.ipv4(TCP, 0, CLIENT, HOST))
            .bytes(TRANSPORT, TraceDatagram.tcp(40000, 8080, 0x12))
            .number(21, 8)
            .number(18, 0xffffffff)
            .bytes(19, (byte) 1)
            .datagram();

    assertThat(TraceMessages.events(datagram, 42))
        .containsExactly(
            new TraceEvent(
                42,
                0xfedcba98L,
                AddressFamily.INET,
                AddressFamily.IP,
                "ours",
                "forward",
                new Step.Rule(7, ACCEPT),
                0x4000,
                OptionalInt.of(3),
                OptionalInt.of(5),
                Optional.of(
                    new PacketHeader(
                        IpAddress.parse(CLIENT),
                        IpAddress.parse(HOST),
                        TCP,
                        60,
                        63,
                        new Content.Segment(
                            Protocol.TCP, 40000, 8080, Set.of(TcpFlag.SYN, TcpFlag.ACK)))),
                Optional.of(new Tracked(Tracked.State.NEW, Optional.of(0xffffffffL), true))));
  }

  @Test
  void whatIsNotToldStaysEmpty() {
    TraceEvent event = only(TraceDatagram.inNat().rule(7, TraceDatagram.verdict(1)));

    assertThat(event.mark()).isZero();
    assertThat(event.input()).isEmpty();
    assertThat(event.output()).isEmpty();
    assertThat(event.header()).isEmpty();
    assertThat(event.tracked()).isEmpty();
  }

  @Test
  void everyVerdictIsKnown() {
    assertThat(verdict(TraceDatagram.verdict(-1))).isEqualTo(new Verdict.Continue());
    assertThat(verdict(TraceDatagram.verdict(-3, "DOCKER"))).isEqualTo(new Verdict.Jump("DOCKER"));
    assertThat(verdict(TraceDatagram.verdict(-4, "DOCKER"))).isEqualTo(new Verdict.Goto("DOCKER"));
    assertThat(verdict(TraceDatagram.verdict(-5))).isEqualTo(new Verdict.Return());
    assertThat(verdict(TraceDatagram.verdict(0))).isEqualTo(new Verdict.Drop());
    assertThat(verdict(TraceDatagram.verdict(1))).isEqualTo(ACCEPT);
    assertThat(verdict(TraceDatagram.verdict(2))).isEqualTo(new Verdict.Stolen());
    assertThat(verdict(TraceDatagram.verdict(9 << 16 | 3))).isEqualTo(new Verdict.Queue(9));
    assertThat(verdict(TraceDatagram.verdict(4))).isEqualTo(new Verdict.Other(4));
    assertThat(verdict(TraceDatagram.verdict(-2))).isEqualTo(new Verdict.Other(-2));
  }

  @Test
  void theEndOfAChainIsNoRule() {
    TraceDatagram end = TraceDatagram.inNat().number(4, 2).nested(5, TraceDatagram.verdict(-1));
    TraceDatagram returned =
        TraceDatagram.inNat().number(4, 2).longNumber(3, 9).nested(5, TraceDatagram.verdict(-5));

    assertThat(only(end).step()).isEqualTo(new Step.EndOfChain());
    assertThat(only(returned).step()).isEqualTo(new Step.Rule(9, new Verdict.Return()));
  }

  @Test
  void aPolicyIsTold() {
    assertThat(only(TraceDatagram.inNat().number(4, 1).number(16, 0)).step())
        .isEqualTo(new Step.AsPolicy(Policy.DROP));
    assertThat(only(TraceDatagram.inNat().number(4, 1).number(16, 1)).step())
        .isEqualTo(new Step.AsPolicy(Policy.ACCEPT));
  }

  @Test
  void portsOfUdpNeedNoFlags() {
    assertThat(content(TraceDatagram.ipv4(UDP, 0, CLIENT, HOST), TraceDatagram.udp(1, 65535)))
        .isEqualTo(new Content.Segment(Protocol.UDP, 1, 65535, Set.of()));
  }

  @Test
  void aPingIsAPing() {
    assertThat(content(TraceDatagram.ipv4(1, 0, CLIENT, HOST), new byte[] {8, 0, 1, 2}))
        .isEqualTo(new Content.Icmp(8, 0));
  }

  @Test
  void whatFollowsInALaterFragmentIsNoHeader() {
    assertThat(content(TraceDatagram.ipv4(UDP, 185, CLIENT, HOST), TraceDatagram.udp(1, 2)))
        .isEqualTo(new Content.Unknown());
    assertThat(content(TraceDatagram.ipv4(UDP, 0x2000, CLIENT, HOST), TraceDatagram.udp(1, 2)))
        .isEqualTo(new Content.Segment(Protocol.UDP, 1, 2, Set.of()));
  }

  @Test
  void halfAnTcpHeaderIsNone() {
    byte[] cutOff = {1, 2, 3, 4, 5, 6};

    assertThat(content(TraceDatagram.ipv4(TCP, 0, CLIENT, HOST), cutOff))
        .isEqualTo(new Content.Unknown());
  }

  @Test
  void packetsOfIpv6AreReadToo() {
    PacketHeader header =
        header(10, TraceDatagram.ipv6(58, "2001:db8::7", "2001:db8::1"), new byte[] {-128, 0});

    assertThat(header.source()).isEqualTo(IpAddress.parse("2001:db8::7"));
    assertThat(header.destination()).isEqualTo(IpAddress.parse("2001:db8::1"));
    assertThat(header.length()).isEqualTo(140);
    assertThat(header.ttl()).isEqualTo(64);
    assertThat(header.content()).isEqualTo(new Content.Icmp(128, 0));
  }

  @Test
  void whatAnExtensionOfIpv6LeadsToIsNotGuessed() {
    byte[] fragmented = TraceDatagram.ipv6(44, "2001:db8::7", "2001:db8::1");

    assertThat(header(10, fragmented, TraceDatagram.udp(1, 2)).content())
        .isEqualTo(new Content.Unknown());
  }

  @Test
  void aBridgesFrameSaysItselfWhatItCarries() {
    byte[] ethernet = new byte[14];
    ethernet[12] = 8;
    byte[] arp = ethernet.clone();
    arp[13] = 6;

    assertThat(bridged(ethernet).header()).isPresent();
    assertThat(bridged(arp).header()).isEmpty();
  }

  private static TraceEvent bridged(byte[] frame) {
    return only(
        TraceDatagram.of(7)
            .number(15, 7)
            .number(6, 1)
            .text(2, "forward")
            .text(1, "layers")
            .rule(7, TraceDatagram.verdict(1))
            .bytes(7, frame)
            .bytes(NETWORK, TraceDatagram.ipv4(UDP, 0, CLIENT, HOST)));
  }

  @Test
  void aMessageThatLacksSomethingIsPassedOver() {
    TraceDatagram withoutVerdict = TraceDatagram.inNat().number(4, 3).longNumber(3, 7);
    TraceDatagram withoutTarget = TraceDatagram.inNat().rule(7, TraceDatagram.verdict(-3));
    TraceDatagram withoutHandle =
        TraceDatagram.inNat().number(4, 3).nested(5, TraceDatagram.verdict(1));
    TraceDatagram ofNoFamily =
        TraceDatagram.of(99)
            .number(15, 2)
            .number(6, 1)
            .text(2, "c")
            .text(1, "t")
            .rule(7, TraceDatagram.verdict(1));

    assertThat(List.of(withoutVerdict, withoutTarget, withoutHandle, ofNoFamily))
        .allSatisfy(each -> assertThat(TraceMessages.events(each.datagram(), 0)).isEmpty());
  }

  @Test
  void aMessageWhoseEndMakesNoSenseIsPassedOver() {
    TraceDatagram broken = TraceDatagram.inNat().rule(7, TraceDatagram.verdict(1)).nonsense();

    assertThat(TraceMessages.events(broken.datagram(), 0)).isEmpty();
  }

  @Test
  void otherNewsOfNftablesIsNone() {
    TraceDatagram newGeneration =
        TraceDatagram.inNat().rule(7, TraceDatagram.verdict(1)).ofType(0x0a0f);

    assertThat(TraceMessages.events(newGeneration.datagram(), 0)).isEmpty();
  }

  @Test
  void aNameCannotBreakTheLine() {
    TraceDatagram odd =
        TraceDatagram.of(2)
            .number(15, 2)
            .number(6, 1)
            .text(2, "a\nb\u001b[2J")
            .text(1, "nat")
            .rule(7, TraceDatagram.verdict(1));

    assertThat(only(odd).chain()).isEqualTo("a?b?[2J");
  }

  @Property
  void whatWasCutOffIsPassedOver(@ForAll @IntRange(max = 300) int length) {
    ByteBuffer whole =
        TraceDatagram.inNat()
            .rule(7, TraceDatagram.verdict(-3, "DOCKER"))
            .bytes(NETWORK, TraceDatagram.ipv4(TCP, 0, CLIENT, HOST))
            .bytes(TRANSPORT, TraceDatagram.tcp(40000, 8080, 2))
            .datagram();
    List<TraceEvent> events = TraceMessages.events(whole, 0);
    int kept = Math.min(length, whole.limit());
    ByteBuffer cut = whole.duplicate().limit(kept);

    assertThat(TraceMessages.events(cut, 0)).isEqualTo(kept == whole.limit() ? events : List.of());
  }

  @Property
  void nothingMakesItFail(@ForAll @Size(max = 200) byte[] bytes) {
    assertThatCode(() -> TraceMessages.events(ByteBuffer.wrap(bytes), 0))
        .doesNotThrowAnyException();
  }

  /** Whatever the value of one of its attributes is. */
  @Property
  void noAttributeMakesItFail(@ForAll @Size(max = 24) byte[] value) {
    for (int attribute = 0; attribute <= LAST_ATTRIBUTE; attribute++) {
      TraceDatagram datagram =
          TraceDatagram.inNat()
              .number(21, 8)
              .rule(7, TraceDatagram.verdict(1))
              .bytes(attribute, value);

      assertThatCode(() -> TraceMessages.events(datagram.datagram(), 0)).doesNotThrowAnyException();
    }
  }

  /** Whatever comes behind what says which protocol it is of. */
  @Property
  void noPacketMakesItFail(
      @ForAll @Size(max = 60) byte[] network, @ForAll @Size(max = 20) byte[] transport) {
    for (byte protocol : new byte[] {1, TCP, UDP, 58}) {
      byte[] ipv4 = with(with(network, 0, (byte) 0x45), 9, protocol);
      byte[] first = with(with(ipv4, 6, (byte) 0), 7, (byte) 0);
      byte[] ipv6 = with(with(network, 0, (byte) 0x60), 6, protocol);

      assertThatCode(() -> header(2, first, transport)).doesNotThrowAnyException();
      assertThatCode(() -> header(10, ipv6, transport)).doesNotThrowAnyException();
      assertThatCode(() -> header(7, ipv4, transport)).doesNotThrowAnyException();
    }
  }

  private static byte[] with(byte[] bytes, int at, byte value) {
    byte[] changed = bytes.clone();
    if (at < changed.length) {
      changed[at] = value;
    }
    return changed;
  }

  private static Verdict verdict(TraceDatagram verdict) {
    return switch (only(TraceDatagram.inNat().rule(7, verdict)).step()) {
      case Step.Rule(long handle, Verdict said) -> said;
      case Step other -> throw new AssertionError(other);
    };
  }

  private static Content content(byte[] network, byte[] transport) {
    return header(2, network, transport).content();
  }

  private static PacketHeader header(int family, byte[] network, byte[] transport) {
    return only(TraceDatagram.of(family)
            .number(15, family)
            .number(6, 1)
            .text(2, "PREROUTING")
            .text(1, "nat")
            .rule(7, TraceDatagram.verdict(1))
            .bytes(NETWORK, network)
            .bytes(TRANSPORT, transport))
        .header()
        .orElse(null);
  }

  private static TraceEvent only(TraceDatagram datagram) {
    List<TraceEvent> events = TraceMessages.events(datagram.datagram(), 0);
    assertThat(events).hasSize(1);
    return events.getFirst();
  }
}
