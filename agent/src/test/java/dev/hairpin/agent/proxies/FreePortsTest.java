package dev.hairpin.agent.proxies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  private static final Publisher NS1 = new Publisher.Namespace("ns1");
  private static final Publisher NS2 = new Publisher.Namespace("ns2");

  @Test
  void choosesOneAfterTheOtherFromTheEphemeralRange() {
    FreePorts ports = new FreePorts(new PortRange(42100, 42199), List::of);

    int first = ports.hostPortsFor(NS1, PortRequest.parse("80/udp")).orElseThrow().first();
    int second = ports.hostPortsFor(NS2, PortRequest.parse("80/udp")).orElseThrow().first();

    assertThat(first).isBetween(42100, 42199);
    assertThat(second).isBetween(first + 1, 42199);
  }

  @Test
  void theKernelsRangeIsRead() {
    FreePorts ports = FreePorts.ofThisHost(List::of);

    assertThat(ports.hostPortsFor(NS1, PortRequest.parse("80")).orElseThrow().first())
        .isGreaterThanOrEqualTo(1024);
  }

  @Test
  void theSameRequestGetsTheSamePort() {
    FreePorts ports = new FreePorts(new PortRange(42100, 42199), List::of);

    assertThat(ports.hostPortsFor(NS1, PortRequest.parse("80")))
        .isEqualTo(ports.hostPortsFor(NS1, PortRequest.parse("80")));
  }

  @Test
  void whatAnEarlierAgentChoseStays() {
    PortBinding published =
        new PortBinding(
            new HostPort(Protocol.TCP, IpAddress.ANY_IPV4, 42150),
            IpAddress.parse("192.0.2.2"),
            80,
            NS1,
            "42150:80");
    FreePorts ports = new FreePorts(new PortRange(42100, 42199), () -> List.of(published));

    assertThat(ports.hostPortsFor(NS1, PortRequest.parse("80"))).contains(PortRange.of(42150));
  }

  @Test
  void promisesToPublishersThatAreGoneDoNotFillARange() {
    FreePorts ports = new FreePorts(new PortRange(42150, 42150), List::of);
    assertThat(ports.hostPortsFor(NS1, PortRequest.parse("80"))).contains(PortRange.of(42150));

    assertThat(ports.hostPortsFor(NS2, PortRequest.parse("80"))).contains(PortRange.of(42150));
  }

  @Test
  void whatIsPublishedIsPromisedToNobodyElse() {
    PortBinding published =
        new PortBinding(
            new HostPort(Protocol.TCP, IpAddress.ANY_IPV4, 42150),
            IpAddress.parse("192.0.2.2"),
            80,
            NS1,
            "42150:80");
    FreePorts ports = new FreePorts(new PortRange(42150, 42150), () -> List.of(published));
    assertThat(ports.hostPortsFor(NS1, PortRequest.parse("80"))).contains(PortRange.of(42150));

    assertThat(ports.hostPortsFor(NS2, PortRequest.parse("80"))).isEmpty();
  }

  @Test
  void aPortThatIsInUseIsSkipped() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      FreePorts ports = new FreePorts(new PortRange(42100, 42199), List::of);

      assertThat(ports.hostPortsFor(NS1, anyOf(port, port))).isEmpty();
      assertThat(ports.hostPortsFor(NS1, anyOf(port, port + 20)).orElseThrow().first())
          .isGreaterThan(port);
    }
  }

  private static PortRequest anyOf(int first, int last) {
    return new PortRequest(
        Protocol.TCP,
        Optional.of(IpAddress.parse("127.0.0.1")),
        Optional.of(new PortRange(first, last)),
        PortRange.of(80));
  }
}
