package dev.hairpin.agent.proxies;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.IpSocket;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.SctpSocket;
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
   * Whether nothing holds this port now. Without SCTP in the kernel nobody can hold its ports:
   * opening one says why it can't be had.
   */
  static boolean isFree(HostPort hostPort) {
    InetSocketAddress endpoint = new InetSocketAddress(hostPort.address().inet(), hostPort.port());
    try {
      switch (hostPort.protocol()) {
        case TCP -> {
          try (TcpSocket socket = TcpSocket.open(endpoint)) {
            listen(socket, endpoint);
          }
        }
        case SCTP -> {
          try (SctpSocket socket = SctpSocket.open(endpoint)) {
            listen(socket, endpoint);
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
      return e instanceof PosixException posix && posix.errno() == Errno.EPROTONOSUPPORT;
    }
  }

  /** As the proxy binds: connections that are over don't hold a port, listeners do. */
  private static void listen(ConnectionSocket socket, InetSocketAddress endpoint)
      throws IOException {
    socket.reuseAddress(true);
    bind(socket, endpoint);
    socket.listen(1);
  }

  /** In its family only: the JDK's sockets would ask for the port of both. */
  private static void bind(IpSocket socket, InetSocketAddress endpoint) throws IOException {
    if (endpoint.getAddress() instanceof Inet6Address) {
      socket.onlyIpv6();
    }
    socket.bind(endpoint);
  }
}
