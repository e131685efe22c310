package dev.hairpin.agent.proxies;

import dev.hairpin.rules.binding.HostPort;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
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
          try (ServerSocket socket = new ServerSocket()) {
            socket.bind(endpoint);
          }
        }
        case UDP -> new DatagramSocket(endpoint).close();
      }
      return true;
    } catch (IOException e) {
      log.trace("{} is not free: {}", hostPort, e.toString());
      return false;
    }
  }
}
