package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.IpSocket;
import dev.hairpin.proxy.posix.UdpSocket;
import io.netty.channel.ChannelException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket that another program opened and bound to a port of ours. That program chose its options
 * (SO_REUSEADDR, IPV6_V6ONLY, filters) and they stay; only what reading from it needs is set.
 */
final class InheritedSocket {
  private static final Logger log = LoggerFactory.getLogger(InheritedSocket.class);

  private InheritedSocket() {}

  /** Makes a port of a socket that has passed the examination. */
  interface Adoption<S extends IpSocket, P extends ListeningPort> {
    /**
     * The port, which has the socket from here on.
     *
     * @throws IOException if there is no port; the socket is still open
     * @throws PortUnavailableException if there is no port; the socket is closed
     */
    P of(S socket) throws IOException, PortUnavailableException;
  }

  /**
   * Looks whether the socket is what it is said to be, and has a port made of it.
   *
   * @param socket of a descriptor that another program has passed
   * @throws PortUnavailableException if it isn't, or the port can't be made; the descriptor is
   *     closed
   */
  static <S extends IpSocket, P extends ListeningPort> P adopt(
      S socket, Transport transport, InetSocketAddress frontend, Adoption<S, P> adoption)
      throws PortUnavailableException {
    try {
      examine(socket, transport, frontend);
      socket.neverBlock();
      return adoption.of(socket);
    } catch (IOException | ChannelException e) {
      close(socket);
      throw BindFailures.of(transport, frontend, e);
    }
  }

  private static void examine(IpSocket socket, Transport transport, InetSocketAddress frontend)
      throws IOException {
    switch (socket) {
      case ConnectionSocket listening ->
          require(
              listening.isGenuine() && listening.isListening(),
              "no listening " + transport + " socket");
      case UdpSocket datagrams -> require(datagrams.isGenuine(), "no UDP socket");
    }
    InetSocketAddress bound = socket.localAddress();
    require(isSame(bound, frontend), "bound to " + Endpoints.text(bound));
  }

  /** A link-local address is bound with its interface, which the one that is asked for lacks. */
  private static boolean isSame(InetSocketAddress bound, InetSocketAddress frontend) {
    return Arrays.equals(bound.getAddress().getAddress(), frontend.getAddress().getAddress())
        && bound.getPort() == frontend.getPort();
  }

  private static void require(boolean holds, String otherwise) throws IOException {
    if (!holds) {
      throw new IOException("the socket that was handed over is " + otherwise);
    }
  }

  private static void close(IpSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("close inherited socket {}: {}", socket.fd(), e.getMessage());
    }
  }
}
