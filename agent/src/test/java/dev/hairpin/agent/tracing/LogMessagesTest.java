package dev.hairpin.agent.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Bytes;
import dev.hairpin.agent.tracing.PacketHeader.Content;
import dev.hairpin.agent.tracing.PacketHeader.TcpFlag;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LogMessagesTest {
  private static final int LOGGED = 4 << 8;
  private static final int MARK = 2;
  private static final int INPUT = 4;
  private static final int PAYLOAD = 9;
  private static final int PREFIX = 10;
  private static final String CLIENT = "203.0.113.7";
  private static final String HOST = "198.51.100.1";
  private static final byte[] SYN =
      Bytes.concat(TraceDatagram.ipv4(6, 0, CLIENT, HOST), TraceDatagram.tcp(40000, 8080, 0x02));

  @Test
  void whatALegacyTableDidIsToldWithThePacket() {
    assertThat(
            LogMessages.steps(
                logged("TRACE: nat:DOCKER:rule:12 ", SYN)
                    .number(MARK, 7)
                    .number(INPUT, 3)
                    .datagram(),
                42))
        .containsExactly(
            new LoggedStep(
                42,
                AddressFamily.IP,
                "nat",
                "DOCKER",
                LoggedStep.Kind.RULE,
                12,
                7,
                OptionalInt.of(3),
                OptionalInt.empty(),
                new PacketHeader(
                    IpAddress.parse(CLIENT),
                    IpAddress.parse(HOST),
                    6,
                    60,
                    63,
                    new Content.Segment(Protocol.TCP, 40000, 8080, Set.of(TcpFlag.SYN)))));
  }

  @Test
  void theEndOfAChainIsNoRule() {
    assertThat(LogMessages.steps(logged("TRACE: filter:FORWARD:policy:3 ", SYN).datagram(), 0))
        .extracting(LoggedStep::kind)
        .containsExactly(LoggedStep.Kind.POLICY);
    assertThat(LogMessages.steps(logged("TRACE: filter:DOCKER:return:1 ", SYN).datagram(), 0))
        .extracting(LoggedStep::kind)
        .containsExactly(LoggedStep.Kind.RETURN);
  }

  @Test
  void whatOthersLogAndWhatIsCutOffIsPassedOver() {
    assertThat(LogMessages.steps(logged("dropped: ", SYN).datagram(), 0)).isEmpty();
    assertThat(LogMessages.steps(logged("TRACE: nat:DOCKER:rule:12 ", new byte[0]).datagram(), 0))
        .isEmpty();
    assertThat(LogMessages.steps(logged("TRACE: nat:DOCKER:rule:12 ", new byte[19]).datagram(), 0))
        .isEmpty();
    assertThat(LogMessages.steps(TraceDatagram.inNat().datagram(), 0)).isEmpty();
  }

  private static TraceDatagram logged(String prefix, byte[] packet) {
    return TraceDatagram.of(2).ofType(LOGGED).text(PREFIX, prefix).bytes(PAYLOAD, packet);
  }
}
