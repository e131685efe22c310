package dev.hairpin.agent.sighting;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Over logs that people recorded on machines of their own, and wrote about. */
class SeenPacketTest {
  private static final Path LOGS = Path.of("src/test/resources/kernel-logs");

  @Test
  void theFirst22LinesOfAConnectionAreFivePackets() throws IOException {
    List<SeenPacket> packets = packets(lines("log-rules.log").limit(22));

    assertThat(packets)
        .extracting(packet -> packet.sightings().size())
        .containsExactly(6, 4, 4, 4, 4);
    assertThat(packets)
        .extracting(SeenPacket::kind)
        .containsExactly("SYN", "SYN+ACK", "ACK", "PSH+ACK", "ACK");
  }

  @Test
  void theWholeConnectionIsElevenPackets() throws IOException {
    List<SeenPacket> packets = packets(lines("log-rules.log"));

    assertThat(packets).hasSize(11);
    assertThat(packets.stream().skip(1))
        .allSatisfy(packet -> assertThat(packet.sightings()).hasSize(4));
  }

  /** As when a packet is sent again. */
  @Test
  void packetsThatLookAlikeAreToldApartByTheirWay() {
    List<SeenPacket> packets =
        packets(
            Stream.of(
                trace("raw:PREROUTING", "IN=eth0 OUT=", "192.0.2.2", 1),
                trace("filter:FORWARD", "IN=eth0 OUT=docker0", "192.0.2.2", 1),
                trace("raw:PREROUTING", "IN=eth0 OUT=", "192.0.2.2", 1),
                trace("filter:FORWARD", "IN=eth0 OUT=docker0", "192.0.2.2", 1)));

    assertThat(packets).extracting(packet -> packet.sightings().size()).containsExactly(2, 2);
  }

  @Test
  void whatTheBridgeSeesIsOfThePacketThatItHandsUp() throws IOException {
    List<SeenPacket> packets = packets(lines("container-to-container.log"));

    assertThat(packets)
        .extracting(SeenPacket::kind)
        .containsExactly("echo request", "echo reply", "echo request");
  }

  @Test
  void aPacketOfAnotherConnectionInBetweenIsNoEndOfTheFirst() {
    List<SeenPacket> packets =
        packets(
            Stream.of(
                trace("raw:PREROUTING", "IN=eth0 OUT=", "192.0.2.2", 1),
                trace("raw:PREROUTING", "IN=eth0 OUT=", "192.0.2.3", 2),
                trace("nat:PREROUTING", "IN=eth0 OUT=", "192.0.2.2", 1),
                trace("nat:PREROUTING", "IN=eth0 OUT=", "192.0.2.3", 2)));

    assertThat(packets).extracting(packet -> packet.sightings().size()).containsExactly(2, 2);
  }

  /** A connection of this host to itself leaves by lo, and comes in by it. */
  @Test
  void overLoopbackAPacketComesAroundAgain() {
    List<SeenPacket> packets =
        packets(
            Stream.of(
                trace("nat:OUTPUT", "IN= OUT=lo", "127.0.0.1", 1),
                trace("nat:POSTROUTING", "IN= OUT=lo", "127.0.0.1", 1),
                trace("raw:PREROUTING", "IN=lo OUT=", "127.0.0.1", 1),
                trace("filter:INPUT", "IN=lo OUT=", "127.0.0.1", 1)));

    assertThat(packets).hasSize(1);
  }

  @Test
  void linesOfOthersArePassedOver() {
    assertThat(
            packets(Stream.of("", "eth0: link up", "TRACE: nat:PREROUTING:rule:1 IN=eth0 SRC=x")))
        .isEmpty();
  }

  @Property
  void noLineMakesItFail(@ForAll String garbage) {
    assertThat(
            KernelLog.sightings(Stream.of(garbage, "TRACE: nat:PREROUTING:rule:1 IN=" + garbage)))
        .hasSizeLessThan(3);
  }

  private static String trace(String where, String interfaces, String source, int id) {
    return "TRACE: "
        + where
        + ":policy:1 "
        + interfaces
        + " SRC="
        + source
        + " DST=192.0.2.1 LEN=60 ID="
        + id
        + " PROTO=TCP SPT=40000 DPT=80 SEQ=1 ACK=0 SYN URGP=0";
  }

  private static List<SeenPacket> packets(Stream<String> lines) {
    return SeenPacket.among(KernelLog.sightings(lines));
  }

  private static Stream<String> lines(String name) throws IOException {
    return Files.readAllLines(LOGS.resolve(name)).stream();
  }
}
