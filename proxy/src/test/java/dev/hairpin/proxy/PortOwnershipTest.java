package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;
import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.at;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.datagrams;
import static dev.hairpin.proxy.Loopback.hearAll;
import static dev.hairpin.proxy.Loopback.listen;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hairpin.proxy.PortUnavailableException.Reason;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who has a port: the proxy, or someone else. */
@ParameterizedClass(name = "{0}")
@EnumSource(
    value = Polling.class,
    names = {"EPOLL", "NIO"})
class PortOwnershipTest {
  private static final InetSocketAddress BACKEND = new InetSocketAddress("192.0.2.2", 80);

  @Parameter Polling polling;
  private UserlandProxy proxy;

  @BeforeEach
  void start() {
    proxy = UserlandProxy.start(ProxySettings.defaults().withPolling(polling));
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"TCP", "UDP"})
  void nobodyElseGetsAPortThatIsOpen(Transport transport) throws Exception {
    try (ListeningPort port = proxy.open(transport, anyPortOf("127.0.0.1"), BACKEND)) {
      assertTaken(transport, port.frontend());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TCP", "UDP"})
  void nobodyElseGetsAPortThatIsHeld(Transport transport) throws Exception {
    try (ListeningPort port = proxy.hold(transport, freePort("127.0.0.1"))) {
      assertTaken(transport, port.frontend());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TCP", "UDP"})
  void aPortThatSomeoneElseHasIsSaidToBeInUse(Transport transport) throws Exception {
    try (ServerSocket tcp = listen("127.0.0.1");
        DatagramSocket udp = datagrams("127.0.0.1")) {
      InetSocketAddress taken =
          switch (transport) {
            case TCP -> addressOf(tcp);
            case UDP -> addressOf(udp);
            case SCTP -> throw new IllegalArgumentException("not of this test");
          };
      String text =
          "listen on 127.0.0.1:%d/%s: address already in use"
              .formatted(taken.getPort(), transport.name().toLowerCase(Locale.ROOT));

      assertThatThrownBy(() -> proxy.open(transport, taken, BACKEND))
          .hasMessage(text)
          .asInstanceOf(InstanceOfAssertFactories.type(PortUnavailableException.class))
          .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.IN_USE))
          .satisfies(e -> assertThat(e.frontend()).isEqualTo(taken))
          .satisfies(e -> assertThat(e.transport()).isEqualTo(transport));
      assertThatThrownBy(() -> proxy.hold(transport, taken)).hasMessage(text);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TCP", "UDP"})
  void anAddressOfAnotherHostIsSaidNotToBeLocal(Transport transport) {
    InetSocketAddress elsewhere = new InetSocketAddress("192.0.2.99", 8080);

    assertThatThrownBy(() -> proxy.open(transport, elsewhere, BACKEND))
        .hasMessageEndingWith(": cannot assign requested address")
        .asInstanceOf(InstanceOfAssertFactories.type(PortUnavailableException.class))
        .extracting(PortUnavailableException::reason)
        .isEqualTo(Reason.ADDRESS_NOT_LOCAL);
    assertThatThrownBy(() -> proxy.hold(transport, elsewhere))
        .hasMessageEndingWith(": cannot assign requested address");
  }

  @ParameterizedTest
  @EnumSource(names = {"TCP", "UDP"})
  void theWildcardsOfBothFamiliesAreTwoPorts(Transport transport) throws Exception {
    try (ListeningPort port = proxy.open(transport, anyPortOf("0.0.0.0"), BACKEND);
        ListeningPort port6 = proxy.open(transport, at("::", port), BACKEND)) {
      assertThat(port.frontend()).isEqualTo(at("0.0.0.0", port));
      assertThat(port6.frontend()).isEqualTo(at("::", port));
    }
    try (ListeningPort held = proxy.hold(transport, freePort("0.0.0.0"));
        ListeningPort held6 = proxy.hold(transport, at("::", held))) {
      assertThat(held6.frontend()).isEqualTo(at("::", held));
    }
  }

  @Test
  void theIpv6WildcardTakesNoIpv4Connections() throws Exception {
    try (ListeningPort port = proxy.open(Transport.TCP, anyPortOf("::"), BACKEND)) {
      assertThatThrownBy(() -> connect(at("127.0.0.1", port))).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void connectionsToAHeldPortAreRefused() throws Exception {
    try (ListeningPort held = proxy.hold(Transport.TCP, freePort("127.0.0.1"))) {
      assertThatThrownBy(() -> connect(held.frontend())).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void aHeldPortHasNoBackendToChange() throws Exception {
    try (ListeningPort held = proxy.hold(Transport.UDP, freePort("127.0.0.1"))) {
      assertThatThrownBy(() -> held.retarget(BACKEND))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageEndingWith(" to 192.0.2.2:80: the port is only held");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TCP", "UDP"})
  void aPortIsFreeAsSoonAsItIsClosed(Transport transport) throws Exception {
    ListeningPort port = proxy.open(transport, anyPortOf("127.0.0.1"), BACKEND);
    for (int i = 0; i < 50; i++) {
      port.close();
      bindAndClose(transport, port.frontend());
      port = proxy.open(transport, port.frontend(), BACKEND);
    }
    port.close();
    ListeningPort held = proxy.hold(transport, port.frontend());
    held.close();
    held.close();
    bindAndClose(transport, port.frontend());
  }

  /**
   * The backend ends first, so that the proxy's end of the client's connection is the one that
   * waits.
   */
  @Test
  void connectionsInTimeWaitDoNotKeepAPortFromBeingOpenedAgain() throws Exception {
    try (ServerSocket backend = listen("127.0.0.1")) {
      ListeningPort port = proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), addressOf(backend));
      try (Socket client = connect(port.frontend());
          Socket served = accept(backend)) {
        served.shutdownOutput();
        assertThat(hearAll(client)).isEmpty();
      }
      await().atMost(DEADLINE).until(() -> isInTimeWait(port.frontend().getPort()));
      port.close();

      proxy.open(Transport.TCP, port.frontend(), addressOf(backend)).close();
      proxy.hold(Transport.TCP, port.frontend()).close();
      proxy.open(Transport.TCP, port.frontend(), addressOf(backend)).close();
    }
  }

  @Test
  void closingTheProxyGivesAllPortsBack() throws Exception {
    ListeningPort tcp = proxy.open(Transport.TCP, anyPortOf("127.0.0.1"), BACKEND);
    ListeningPort udp = proxy.open(Transport.UDP, anyPortOf("127.0.0.1"), BACKEND);
    ListeningPort held = proxy.hold(Transport.TCP, freePort("127.0.0.1"));

    proxy.close();

    bindAndClose(Transport.TCP, tcp.frontend());
    bindAndClose(Transport.UDP, udp.frontend());
    bindAndClose(Transport.TCP, held.frontend());
  }

  /** A port that nobody has just now. */
  private static InetSocketAddress freePort(String address) throws IOException {
    try (ServerSocket chosen = listen(address)) {
      return addressOf(chosen);
    }
  }

  private static void assertTaken(Transport transport, InetSocketAddress port) {
    assertThatThrownBy(() -> bindAndClose(transport, port))
        .isInstanceOf(BindException.class)
        .hasMessage("Address already in use");
  }

  /** As most programs do: with SO_REUSEADDR for TCP, without for UDP. */
  private static void bindAndClose(Transport transport, InetSocketAddress port) throws IOException {
    switch (transport) {
      case TCP -> {
        try (ServerSocket other = new ServerSocket()) {
          other.setReuseAddress(true);
          other.bind(port);
        }
      }
      case UDP -> new DatagramSocket(port).close();
      case SCTP -> throw new IllegalArgumentException("not of this test");
    }
  }

  /** Whether the kernel lists a connection of that local port in state 06 (tcp_states.h). */
  private static boolean isInTimeWait(int port) throws IOException {
    String local = ":%04X".formatted(port);
    return Files.readAllLines(Path.of("/proc/self/net/tcp")).stream()
        .map(line -> line.strip().split("\\s+"))
        .anyMatch(fields -> fields[1].endsWith(local) && fields[3].equals("06"));
  }
}
