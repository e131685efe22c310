package dev.hairpin.agent.proxies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class PortHolderTest {
  private static final String SELF = "(pid " + ProcessHandle.current().pid() + ")";

  private final PortHolder holder = new PortHolder();

  @Test
  void theProgramThatListensIsNamed() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(holder.holderOf(hostPort(Protocol.TCP, "127.0.0.1", socket.getLocalPort())))
          .hasValueSatisfying(text -> assertThat(text).startsWith("java ").endsWith(SELF));
    }
  }

  @Test
  void whoHoldsOneAddressHoldsUpTheWildcard() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(holder.holderOf(hostPort(Protocol.TCP, "0.0.0.0", socket.getLocalPort())))
          .isPresent();
      assertThat(holder.holderOf(hostPort(Protocol.TCP, "127.0.0.2", socket.getLocalPort())))
          .isEmpty();
      assertThat(holder.holderOf(hostPort(Protocol.UDP, "0.0.0.0", socket.getLocalPort())))
          .isEmpty();
    }
  }

  @Test
  void anIpv6SocketForBothFamiliesHoldsTheIpv4Port() throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress("::", 0));
      assertThat(holder.holderOf(hostPort(Protocol.TCP, "0.0.0.0", socket.getLocalPort())))
          .isPresent();
    }
  }

  @Test
  void aUdpSocketIsFoundToo() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      assertThat(holder.holderOf(hostPort(Protocol.UDP, "127.0.0.1", socket.getLocalPort())))
          .hasValueSatisfying(text -> assertThat(text).endsWith(SELF));
    }
  }

  @Test
  void aClientsPortIsHeldByNobody() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort())) {
      assertThat(holder.holderOf(hostPort(Protocol.TCP, "127.0.0.1", client.getLocalPort())))
          .isEmpty();
    }
  }

  private static HostPort hostPort(Protocol protocol, String address, int port) {
    return new HostPort(protocol, IpAddress.parse(address), port);
  }
}
