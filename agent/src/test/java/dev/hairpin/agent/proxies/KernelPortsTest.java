package dev.hairpin.agent.proxies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.proxy.posix.IpSocket;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.proxy.posix.UdpSocket;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each holder has a port of the kernel's choice. */
class KernelPortsTest {
  @ParameterizedTest(name = "{0} is free beside {1}/{2}: {3}")
  @CsvSource({
    "0.0.0.0, '::', tcp, true",
    "0.0.0.0, '::', udp, true",
    "127.0.0.1, '::', tcp, true",
    "127.0.0.1, '::', udp, true",
    "0.0.0.0, '::1', tcp, true",
    "'::', 0.0.0.0, tcp, true",
    "'::', 0.0.0.0, udp, true",
    "'::1', 127.0.0.1, udp, true",
    "0.0.0.0, 0.0.0.0, tcp, false",
    "0.0.0.0, 127.0.0.1, tcp, false",
    "0.0.0.0, 127.0.0.1, udp, false",
    "127.0.0.1, 0.0.0.0, udp, false",
    "127.0.0.2, 127.0.0.1, tcp, true",
    "'::', '::1', tcp, false",
    "'::1', '::', udp, false"
  })
  void theFamiliesHavePortsOfTheirOwn(
      String asked, String holder, String protocol, boolean expected) throws IOException {
    try (IpSocket held = held(holder, Protocol.of(protocol).orElseThrow(), true)) {
      assertThat(KernelPorts.isFree(sameOf(asked, protocol, held))).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TCP", "UDP"})
  void whoTakesIpv4TrafficOnAnIpv6SocketHoldsBoth(Protocol protocol) throws IOException {
    try (IpSocket held = held("::", protocol, false)) {
      assertThat(KernelPorts.isFree(sameOf("0.0.0.0", protocol.toString(), held))).isFalse();
      assertThat(KernelPorts.isFree(sameOf("::", protocol.toString(), held))).isFalse();
    }
  }

  private static HostPort sameOf(String address, String protocol, IpSocket held)
      throws IOException {
    return new HostPort(
        Protocol.of(protocol).orElseThrow(),
        IpAddress.parse(address),
        held.localAddress().getPort());
  }

  private static IpSocket held(String address, Protocol protocol, boolean onlyOneFamily)
      throws IOException {
    InetSocketAddress any = new InetSocketAddress(IpAddress.parse(address).inet(), 0);
    IpSocket socket = protocol == Protocol.TCP ? TcpSocket.open(any) : UdpSocket.open(any);
    if (onlyOneFamily && address.contains(":")) {
      socket.onlyIpv6();
    }
    socket.bind(any);
    if (socket instanceof TcpSocket listening) {
      listening.listen(1);
    }
    return socket;
  }
}
