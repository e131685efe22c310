package dev.hairpin.agent.proxies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.hairpin.proxy.Transport;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Phaser;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProxyPoolTest {
  private final List<String> events = new ArrayList<>();
  private final FakePorts ports = new FakePorts(events);
  private final FakeKeeper keeper = new FakeKeeper(events);
  private final ProxyPool pool = new ProxyPool(ports, PortHolder::new);
  private final ProxyPool kept =
      new ProxyPool(ports, PortHolder::new, new BackendNamespaces(DialFrom.BRIDGE), keeper);

  @Test
  void aPortThatIsOpenStaysOpen() {
    assertThat(pool.openAll(List.of(binding(Protocol.TCP, 80, "192.0.2.2")))).isEmpty();
    assertThat(pool.openAll(List.of(binding(Protocol.TCP, 80, "192.0.2.2")))).isEmpty();

    assertThat(ports.events()).containsExactly("open TCP /0.0.0.0:80");
  }

  @Test
  void anotherBackendIsAnotherTargetOfTheSameSocket() {
    pool.openAll(List.of(binding(Protocol.TCP, 80, "192.0.2.2")));
    pool.openAll(List.of(binding(Protocol.TCP, 80, "192.0.2.3")));

    assertThat(ports.events()).containsExactly("open TCP /0.0.0.0:80", "retarget TCP /0.0.0.0:80");
  }

  @Test
  void oneFailureKeepsNoOtherPortFromBeingOpened() {
    ports.occupy(Transport.UDP, new InetSocketAddress("0.0.0.0", 53));
    ports.lack(Transport.SCTP);
    PortBinding taken = binding(Protocol.UDP, 53, "192.0.2.2");
    PortBinding sctp = binding(Protocol.SCTP, 9, "192.0.2.2");

    assertThat(pool.openAll(List.of(taken, sctp, binding(Protocol.TCP, 80, "192.0.2.2"))))
        .containsOnlyKeys(taken, sctp)
        .hasEntrySatisfying(
            taken,
            why ->
                assertThat(why)
                    .startsWith("publish 0.0.0.0:53/udp for namespace ns1: address already in use"))
        .hasEntrySatisfying(
            sctp,
            why ->
                assertThat(why)
                    .startsWith("publish 0.0.0.0:9/sctp for namespace ns1: protocol not supported")
                    .contains("this kernel has no SCTP"));
    assertThat(pool.open()).extracting(HostPort::toString).containsExactly("0.0.0.0:80/tcp");
  }

  /** Each has to wait for others of the range, which one after the other could never come. */
  @Test
  void portsOfAWideRangeAreOpenedSideBySide() {
    List<PortBinding> range =
        IntStream.range(8000, 8200)
            .mapToObj(port -> binding(Protocol.TCP, port, "192.0.2.2"))
            .toList();
    Phaser meeting = new Phaser(2);
    PortOpener waiting =
        (transport, frontend, backend) -> {
          if (frontend.getPort() < 8002) {
            meeting.arriveAndAwaitAdvance();
          }
          synchronized (ports) {
            return ports.open(transport, frontend, backend);
          }
        };
    ProxyPool wide = new ProxyPool(waiting, PortHolder::new);

    assertThat(assertTimeoutPreemptively(Duration.ofSeconds(10), () -> wide.openAll(range)))
        .isEmpty();

    assertThat(wide.open()).hasSize(range.size());
  }

  @Test
  void whatIsNotWantedIsClosed() {
    PortBinding kept = binding(Protocol.TCP, 81, "192.0.2.2");
    pool.openAll(List.of(binding(Protocol.TCP, 80, "192.0.2.2"), kept));
    pool.closeAllExcept(List.of(kept));

    assertThat(ports.bound()).containsExactly("TCP /0.0.0.0:81");
  }

  @Test
  void allThatAPassOpensIsGivenToTheKeeperAtOnceAndTakenBackBeforeItIsClosed() throws Exception {
    PortBinding stays = binding(Protocol.TCP, 80, "192.0.2.2");
    kept.openAll(List.of(stays, binding(Protocol.UDP, 53, "192.0.2.2")));
    kept.openAll(List.of(stays));
    kept.closeAllExcept(List.of(stays));
    kept.close(stays.hostPort());

    assertThat(events)
        .containsExactly(
            "open TCP /0.0.0.0:80",
            "open UDP /0.0.0.0:53",
            "keep [0.0.0.0:80/tcp, 0.0.0.0:53/udp]",
            "forget [0.0.0.0:53/udp]",
            "close UDP /0.0.0.0:53",
            "close what is left",
            "forget [0.0.0.0:80/tcp]",
            "close TCP /0.0.0.0:80");
    assertThat(keeper.kept()).isEmpty();
  }

  @Test
  void aSocketThatAnEarlierProcessLeftIsTaken() {
    PortBinding web = binding(Protocol.TCP, 80, "192.0.2.2");
    keeper.leave(web.hostPort(), 7);

    assertThat(kept.openAll(List.of(web))).isEmpty();

    assertThat(events).first().isEqualTo("adopt 7 TCP /0.0.0.0:80");
    assertThat(keeper.kept()).containsOnlyKeys("0.0.0.0:80/tcp");
  }

  @Test
  void oneThatIsOfNoUseIsForgottenBeforeThePortIsOpenedAnew() {
    PortBinding web = binding(Protocol.TCP, 80, "192.0.2.2");
    keeper.leave(web.hostPort(), -1);

    assertThat(kept.openAll(List.of(web))).isEmpty();

    assertThat(events)
        .containsExactly(
            "forget [0.0.0.0:80/tcp]", "open TCP /0.0.0.0:80", "keep [0.0.0.0:80/tcp]");
  }

  /** Its stand-in keeps it. */
  @Test
  void aSocketOfSomebodyElseIsNotKept() throws Exception {
    kept.take(Transport.TCP, binding(Protocol.TCP, 80, "192.0.2.2"), ports);

    assertThat(keeper.kept()).isEmpty();
  }

  private static PortBinding binding(Protocol protocol, int port, String to) {
    return new PortBinding(
        new HostPort(protocol, IpAddress.ANY_IPV4, port),
        IpAddress.parse(to),
        80,
        new Publisher.Namespace("ns1"),
        port + ":80");
  }
}
