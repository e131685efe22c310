package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.PosixSocket;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;

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

  @Override
  public IoHandlerFactory ioHandlers() {
    return NioIoHandler.newFactory();
  }

  @Override
  public ServerSocketChannel serverFor(InetSocketAddress frontend) throws PosixException {
    try {
      var server = java.nio.channels.ServerSocketChannel.open(family(frontend));
      if (Endpoints.isIpv6(frontend)) {
        NioDescriptors.of(server).onlyIpv6();
      }
      return new Server(server);
    } catch (PosixException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public ServerSocketChannel serverOn(PosixSocket listening) throws IOException {
    throw new IOException(NO_DESCRIPTORS);
  }

  @Override
  public DatagramEndpoint datagramOn(PosixSocket bound) throws IOException {
    throw new IOException(NO_DESCRIPTORS);
  }

  @Override
  public SocketChannel streamTo(InetSocketAddress backend) {
    try {
      return new NioSocketChannel(java.nio.channels.SocketChannel.open(family(backend)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public DatagramEndpoint datagramFor(InetSocketAddress endpoint) {
    try {
      return new NioDatagramEndpoint(DatagramChannel.open(family(endpoint)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void awaitReleased(ServerSocketChannel closed, EventLoop loop) {
    if (closed instanceof Server server) {
      awaitReleased(server.javaChannel(), loop);
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

  /** Shows the JDK's channel to this package. */
  private static final class Server extends NioServerSocketChannel {
    Server(java.nio.channels.ServerSocketChannel channel) {
      super(channel);
    }

    @Override
    protected java.nio.channels.ServerSocketChannel javaChannel() {
      return super.javaChannel();
    }
  }
}
