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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  private static final Publisher NS1 = new Publisher.Namespace("ns1");
  private static final Publisher NS2 = new Publisher.Namespace("ns2");
  private static final PortRange RANGE = new PortRange(32768, 60999);

  /** What other programs hold. */
  private final Set<HostPort> taken = new HashSet<>();

  /** What we hold ourselves; to the kernel it is not free either. */
  private final Set<HostPort> ours = new HashSet<>();

  private final List<PortBinding> published = new ArrayList<>();

  /** The ports that dockerd 20.10 to 29.7 were recorded to give out, in this order. */
  @Test
  void portsAreCountedUpForEachProtocolAsDockerdDoes() {
    FreePorts ports = ports(RANGE);

    assertThat(first(ports, "web", "80")).isEqualTo(32768);
    assertThat(first(ports, "web2", "80")).isEqualTo(32769);
    assertThat(first(ports, "web2", "81")).isEqualTo(32770);
    assertThat(first(ports, "web3", "127.0.0.1::80")).isEqualTo(32771);
    assertThat(first(ports, "web4", "53/udp")).isEqualTo(32768);
    assertThat(first(ports, "web5", "80")).isEqualTo(32772);
  }

  @Test
  void afterTheLastPortComesTheFirst() {
    FreePorts ports = ports(new PortRange(42100, 42102));
    take("0.0.0.0", 42100);
    assertThat(first(ports, "a", "80")).isEqualTo(42101);
    assertThat(first(ports, "b", "80")).isEqualTo(42102);
    taken.clear();

    assertThat(first(ports, "c", "80")).isEqualTo(42100);
  }

  @Test
  void eachRangeIsCountedUpForItself() {
    FreePorts ports = ports(RANGE);

    assertThat(first(ports, "a", "8000-8010:80")).isEqualTo(8000);
    assertThat(first(ports, "b", "8000-8010:80")).isEqualTo(8001);
    assertThat(first(ports, "c", "9000-9010:80")).isEqualTo(9000);
  }

  @Test
  void aPortIsFreeOnlyIfItIsOnBothFamilies() {
    take("::", 32768);

    assertThat(first(ports(RANGE), "a", "80")).isEqualTo(32769);
  }

  @Test
  void anAddressDoesNotTakeAPortFromOthers() {
    FreePorts ports = ports(RANGE);

    assertThat(first(ports, "a", "192.0.2.1:8000-8001:80")).isEqualTo(8000);
    assertThat(first(ports, "b", "192.0.2.2:8000-8001:80")).isEqualTo(8000);
    assertThat(first(ports, "c", "8000-8001:80")).isEqualTo(8001);
  }

  @Test
  void reservedPortsAreGivenToWhoAsksForThemOnly() {
    FreePorts ports =
        new FreePorts(
            new EphemeralPorts(RANGE, List.of(new PortRange(32768, 32770))),
            port -> true,
            List::of,
            port -> false);

    assertThat(first(ports, "a", "80")).isEqualTo(32771);
    assertThat(first(ports, "b", "32768-32770:80")).isEqualTo(32768);
  }

  @Test
  void whatIsKeptElsewhereGetsAnotherPortEachTime() {
    publish(NS1, 32768);
    take("0.0.0.0", 32768);
    FreePorts ports = ports(RANGE);

    assertThat(ports.others(NS1, PortRequest.parse("80"))).contains(PortRange.of(32769));
    assertThat(ports.others(NS1, PortRequest.parse("80"))).contains(PortRange.of(32770));
  }

  @Test
  void theSameRequestGetsTheSamePort() {
    FreePorts ports = ports(RANGE);

    assertThat(ports.hostPortsFor(NS1, PortRequest.parse("80")))
        .isEqualTo(ports.hostPortsFor(NS1, PortRequest.parse("80")));
  }

  @Test
  void aPromiseThatAnotherProgramGotAheadOfIsReplacedByTheNextPort() {
    FreePorts ports = ports(RANGE);
    assertThat(first(ports, "a", "80")).isEqualTo(32768);
    take("0.0.0.0", 32768);

    assertThat(first(ports, "a", "80")).isEqualTo(32769);
    assertThat(first(ports, "a", "80")).isEqualTo(32769);
  }

  @Test
  void aPortThatWeHoldOurselvesStaysPromised() {
    FreePorts ports = ports(RANGE);
    assertThat(first(ports, "a", "80")).isEqualTo(32768);
    ours.add(new HostPort(Protocol.TCP, IpAddress.ANY_IPV4, 32768));
    ours.add(new HostPort(Protocol.TCP, IpAddress.ANY_IPV6, 32768));

    assertThat(first(ports, "a", "80")).isEqualTo(32768);
  }

  @Test
  void whatAnEarlierAgentChoseStays() {
    publish(NS1, 42150);

    assertThat(ports(RANGE).hostPortsFor(NS1, PortRequest.parse("80")))
        .contains(PortRange.of(42150));
  }

  @Test
  void promisesToPublishersThatAreGoneDoNotFillARange() {
    FreePorts ports = ports(PortRange.of(42150));
    assertThat(ports.hostPortsFor(NS1, PortRequest.parse("80"))).contains(PortRange.of(42150));

    assertThat(ports.hostPortsFor(NS2, PortRequest.parse("80"))).contains(PortRange.of(42150));
  }

  @Test
  void whatIsPublishedIsPromisedToNobodyElse() {
    publish(NS1, 42150);
    FreePorts ports = ports(PortRange.of(42150));
    assertThat(ports.hostPortsFor(NS1, PortRequest.parse("80"))).contains(PortRange.of(42150));

    assertThat(ports.hostPortsFor(NS2, PortRequest.parse("80"))).isEmpty();
  }

  @Test
  void anExhaustedRangeGivesNothing() {
    take("0.0.0.0", 8000);
    take("0.0.0.0", 8001);

    assertThat(ports(RANGE).hostPortsFor(NS1, PortRequest.parse("8000-8001:80"))).isEmpty();
  }

  @Test
  void theKernelSaysWhichPortsAreInUse() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = server.getLocalPort();
      FreePorts ports = FreePorts.ofThisHost(List::of, any -> false, any -> false);

      assertThat(ports.hostPortsFor(NS1, anyOf(port, port))).isEmpty();
      assertThat(ports.hostPortsFor(NS1, anyOf(port, port + 20)).orElseThrow().first())
          .isGreaterThan(port);
      assertThat(ports.hostPortsFor(NS1, PortRequest.parse("80")).orElseThrow().first())
          .isGreaterThanOrEqualTo(1024);
    }
  }

  private FreePorts ports(PortRange ephemeral) {
    return new FreePorts(
        new EphemeralPorts(ephemeral, List.of()),
        port -> !taken.contains(port) && !ours.contains(port),
        () -> published,
        ours::contains);
  }

  private static int first(FreePorts ports, String whose, String request) {
    return ports
        .hostPortsFor(new Publisher.Namespace(whose), PortRequest.parse(request))
        .orElseThrow()
        .first();
  }

  private void take(String address, int port) {
    taken.add(new HostPort(Protocol.TCP, IpAddress.parse(address), port));
  }

  private void publish(Publisher publisher, int port) {
    published.add(
        new PortBinding(
            new HostPort(Protocol.TCP, IpAddress.ANY_IPV4, port),
            IpAddress.parse("192.0.2.2"),
            80,
            publisher,
            port + ":80"));
  }

  private static PortRequest anyOf(int first, int last) {
    return new PortRequest(
        Protocol.TCP,
        Optional.of(IpAddress.parse("127.0.0.1")),
        Optional.of(new PortRange(first, last)),
        PortRange.of(80));
  }
}
