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
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  /** As Linux 6.1 wrote it; only listeners are in it. */
  @Test
  void whoListensForAssociationsIsNamed(@TempDir Path proc) throws IOException {
    Files.createDirectories(proc.resolve("net/sctp"));
    Files.writeString(
        proc.resolve("net/sctp/eps"),
        """
         ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
        607aa0b3 ea39277a 2   10  17   9001      0 11110 127.0.0.1 192.0.2.1\s
        2e887c12 c116da98 2   10  18   9002      0 11111 0000:0000:0000:0000:0000:0000:0000:0000\s
        """);
    Path mme = Files.createDirectories(proc.resolve("77/fd"));
    Files.writeString(proc.resolve("77/comm"), "mme\n");
    Files.createSymbolicLink(mme.resolve("3"), Path.of("socket:[11110]"));
    PortHolder there = new PortHolder(proc);

    assertThat(there.holderOf(hostPort(Protocol.SCTP, "192.0.2.1", 9001))).hasValue("mme (pid 77)");
    assertThat(there.holderOf(hostPort(Protocol.SCTP, "0.0.0.0", 9001))).isPresent();
    assertThat(there.holderOf(hostPort(Protocol.SCTP, "192.0.2.2", 9001))).isEmpty();
    assertThat(there.holderOf(hostPort(Protocol.SCTP, "192.0.2.1", 9002))).isEmpty();
  }

  /** Whoever holds thousands of ports is not looked for thousands of times. */
  @Test
  void whatWasReadOnceIsNotReadAgain(@TempDir Path proc) throws IOException {
    Path table = Files.createDirectories(proc.resolve("net")).resolve("udp");
    Files.writeString(
        table,
        """
           sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
            1: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711
            2: 00000000:0036 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712
        """);
    Path dns = Files.createDirectories(proc.resolve("77/fd"));
    Files.writeString(proc.resolve("77/comm"), "dns\n");
    Files.createSymbolicLink(dns.resolve("3"), Path.of("socket:[4711]"));
    Files.createSymbolicLink(dns.resolve("4"), Path.of("socket:[4712]"));
    PortHolder there = new PortHolder(proc);
    assertThat(there.holderOf(hostPort(Protocol.UDP, "0.0.0.0", 53))).hasValue("dns (pid 77)");

    Files.delete(table);
    Files.delete(dns.resolve("4"));

    assertThat(there.holderOf(hostPort(Protocol.UDP, "0.0.0.0", 54))).hasValue("dns (pid 77)");
  }

  private static HostPort hostPort(Protocol protocol, String address, int port) {
    return new HostPort(protocol, IpAddress.parse(address), port);
  }
}
