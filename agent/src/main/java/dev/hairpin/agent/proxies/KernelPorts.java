package dev.hairpin.agent.proxies;

import dev.hairpin.proxy.posix.IpSocket;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.proxy.posix.UdpSocket;
import dev.hairpin.rules.binding.HostPort;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the kernel about ports, in the only way that it answers: by binding them. */
final class KernelPorts {
  private static final Logger log = LoggerFactory.getLogger(KernelPorts.class);

  private KernelPorts() {}

  /**
   * Whether nothing holds this port now. The kernel may have no SCTP sockets, and we open none: its
   * ports are taken for free where TCP's are.
   */
  static boolean isFree(HostPort hostPort) {
    InetSocketAddress endpoint = new InetSocketAddress(hostPort.address().inet(), hostPort.port());
    try {
      switch (hostPort.protocol()) {
        case TCP, SCTP -> {
          try (TcpSocket socket = TcpSocket.open(endpoint)) {
            // As the proxy binds: connections that are over don't hold a port, listeners do.
            socket.reuseAddress(true);
            bind(socket, endpoint);
            socket.listen(1);
          }
        }
        case UDP -> {
          try (UdpSocket socket = UdpSocket.open(endpoint)) {
            bind(socket, endpoint);
          }
        }
      }
      return true;
    } catch (IOException e) {
      log.trace("{} is not free: {}", hostPort, e.toString());
      return false;
    }
  }

  /** In its family only: the JDK's sockets would ask for the port of both. */
  private static void bind(IpSocket socket, InetSocketAddress endpoint) throws IOException {
    if (endpoint.getAddress() instanceof Inet6Address) {
      socket.onlyIpv6();
    }
    socket.bind(endpoint);
  }
}
