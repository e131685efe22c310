package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.accept;
import static dev.hairpin.proxy.Loopback.addressOf;
import static dev.hairpin.proxy.Loopback.anyPortOf;
import static dev.hairpin.proxy.Loopback.at;
import static dev.hairpin.proxy.Loopback.connect;
import static dev.hairpin.proxy.Loopback.hear;
import static dev.hairpin.proxy.Loopback.listen;
import static dev.hairpin.proxy.Loopback.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.TcpSocket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CongestionControlTest {
  private UserlandProxy proxy;

  @BeforeEach
  void start() {
    proxy = UserlandProxy.start(ProxySettings.defaults().withPolling(Polling.EPOLL));
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  @Test
  void neitherWayInsideTheHostIsPaced() throws Exception {
    try (ServerSocket backend = listen("127.0.0.1");
        ListeningPort port = proxy.open(Transport.TCP, anyPortOf("0.0.0.0"), addressOf(backend));
        Socket client = connect(at("127.0.0.1", port));
        Socket served = accept(backend)) {
      exchange(client, served);
      assertThat(congestionControl(client.getRemoteSocketAddress())).containsExactly("reno");
      assertThat(congestionControl(served.getRemoteSocketAddress())).containsExactly("reno");
    }
  }

  @Test
  void aClientOfAnotherHostGetsWhatThisHostsOwnerChose() throws Exception {
    Optional<String> notLoopback = addressOfNetwork();
    assumeThat(notLoopback).as("an address that is not loopback").isPresent();
    try (ServerSocket backend = listen("127.0.0.1");
        ListeningPort port = proxy.open(Transport.TCP, anyPortOf("0.0.0.0"), addressOf(backend));
        Socket client = connect(at(notLoopback.get(), port));
        Socket served = accept(backend)) {
      exchange(client, served);
      assertThat(congestionControl(client.getRemoteSocketAddress()))
          .containsExactly(
              Files.readString(Path.of("/proc/sys/net/ipv4/tcp_congestion_control")).strip());
    }
  }

  /** So that both of the proxy's sockets are there. */
  private static void exchange(Socket client, Socket served) throws IOException {
    say(client, "hello");
    assertThat(hear(served, 5)).isEqualTo("hello");
  }

  /** Of the proxy's connections with that local address. */
  private static List<String> congestionControl(SocketAddress local) throws IOException {
    return OwnSockets.connectedFrom(local).stream()
        .map(CongestionControlTest::congestionControl)
        .toList();
  }

  private static String congestionControl(TcpSocket socket) {
    try {
      return socket.congestionControl();
    } catch (PosixException e) {
      throw new AssertionError(e);
    }
  }

  private static Optional<String> addressOfNetwork() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(Inet4Address.class::isInstance)
        .filter(address -> !address.isLoopbackAddress())
        .map(address -> address.getHostAddress())
        .findFirst();
  }
}
