package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.TcpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The sockets of this process, which the tests' peers and the proxy share. */
final class OwnSockets {
  private OwnSockets() {}

  /** Those that are connected from that address, which is an {@link InetSocketAddress}. */
  static List<TcpSocket> connectedFrom(SocketAddress local) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .map(descriptor -> Integer.parseInt(descriptor.getFileName().toString()))
          .map(TcpSocket::of)
          .filter(socket -> isConnectedFrom(socket, local))
          .toList();
    }
  }

  private static boolean isConnectedFrom(TcpSocket socket, SocketAddress local) {
    try {
      return socket.isGenuine()
          && !socket.isListening()
          && asWritten(socket.localAddress()).equals(local);
    } catch (PosixException notASocket) {
      return false;
    }
  }

  /** The JDK's sockets are IPv6 sockets that have IPv4 addresses mapped into IPv6. */
  private static InetSocketAddress asWritten(InetSocketAddress address) {
    try {
      byte[] bytes = address.getAddress().getAddress();
      return new InetSocketAddress(InetAddress.getByAddress(bytes), address.getPort());
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
