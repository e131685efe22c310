package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.proxy.posix.UdpSocket;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Sockets for the JDK's selector, where Netty's native library doesn't load. The JDK has no word
 * for IPV6_V6ONLY and for a datagram's local address, so these sockets are prepared by their
 * descriptors, and the JVM needs {@code --add-opens java.base/sun.nio.ch=ALL-UNNAMED}.
 */
final class NioSockets implements SocketFactory {
  /** The JDK makes channels only of sockets that it opened itself. */
  private static final String NO_DESCRIPTORS =
      "a socket that another program opened can't be taken over without Netty's native epoll, which"
          + " doesn't load on this machine";

  private static final String NO_SCTP =
      "SCTP can't be relayed without Netty's native epoll, which doesn't load on this machine";

  @Override
  public IoHandlerFactory ioHandlers() {
    return NioIoHandler.newFactory();
  }

  @Override
  public StreamServer listen(Engine engine, InetSocketAddress frontend, ConnectionPort port)
      throws IOException {
    if (port.transport() == Transport.SCTP) {
      throw new IOException(NO_SCTP);
    }
    ServerSocketChannel channel = ServerSocketChannel.open(family(frontend));
    if (Endpoints.isIpv6(frontend)) {
      TcpSocket.of(NioDescriptors.of(channel)).onlyIpv6();
    }
    return NioStreamServer.bound(engine, port, channel, frontend);
  }

  @Override
  public StreamServer listenOn(
      Engine engine, ConnectionSocket listening, InetSocketAddress frontend, ConnectionPort port)
      throws IOException {
    throw new IOException(NO_DESCRIPTORS);
  }

  @Override
  public DatagramEndpoint datagramOn(UdpSocket bound) throws IOException {
    throw new IOException(NO_DESCRIPTORS);
  }

  /** A stream channel that can connect to the address. */
  static NioSocketChannel streamTo(InetSocketAddress backend) throws IOException {
    return new NioSocketChannel(SocketChannel.open(family(backend)));
  }

  @Override
  public DatagramEndpoint datagramFor(InetSocketAddress endpoint) {
    try {
      return new NioDatagramEndpoint(DatagramChannel.open(family(endpoint)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The JDK closes the descriptor of a registered channel when its selector selects again. */
  static void awaitReleased(SelectableChannel closed, EventLoop loop) {
    while (closed.isRegistered() && !loop.isShutdown()) {
      nextTurn(loop);
    }
    nextTurn(loop);
  }

  private static void nextTurn(EventLoop loop) {
    loop.submit(() -> {}).awaitUninterruptibly();
  }

  private static ProtocolFamily family(InetSocketAddress endpoint) {
    return Endpoints.isIpv6(endpoint) ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
  }
}
