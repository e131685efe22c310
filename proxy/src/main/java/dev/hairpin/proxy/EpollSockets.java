package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.PosixSocket;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.net.InetSocketAddress;

/** Sockets for Netty's native epoll. */
final class EpollSockets implements SocketFactory {
  private static final int SOL_IPV6 = 41;
  private static final ChannelOption<Integer> IPV6_V6ONLY =
      new IntegerUnixChannelOption("IPV6_V6ONLY", SOL_IPV6, 26);

  /** Whether the native library loads on this machine. */
  static boolean areAvailable() {
    return Epoll.isAvailable();
  }

  @Override
  public IoHandlerFactory ioHandlers() {
    return ParkingIoHandler.newFactory();
  }

  @Override
  public ServerSocketChannel serverFor(InetSocketAddress frontend) {
    EpollServerSocketChannel server = new EpollServerSocketChannel(family(frontend));
    try {
      if (Endpoints.isIpv6(frontend)) {
        server.config().setOption(IPV6_V6ONLY, 1);
      }
      return server;
    } catch (ChannelException e) {
      server.unsafe().closeForcibly();
      throw e;
    }
  }

  @Override
  public ServerSocketChannel serverOn(PosixSocket listening) {
    return new EpollServerSocketChannel(listening.fd());
  }

  @Override
  public DatagramEndpoint datagramOn(PosixSocket bound) {
    return new EpollDatagramEndpoint(bound);
  }

  @Override
  public SocketChannel streamTo(InetSocketAddress backend) {
    return new EpollSocketChannel(family(backend));
  }

  @Override
  public DatagramEndpoint datagramFor(InetSocketAddress endpoint) throws PosixException {
    return new EpollDatagramEndpoint(PosixSocket.datagram(endpoint));
  }

  /** Closing is close(2) here, so there is nothing to wait for. */
  @Override
  public void awaitReleased(ServerSocketChannel closed, EventLoop loop) {}

  private static SocketProtocolFamily family(InetSocketAddress endpoint) {
    return Endpoints.isIpv6(endpoint) ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
  }
}
