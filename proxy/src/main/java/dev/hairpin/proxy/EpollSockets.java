package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.UdpSocket;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import java.net.InetSocketAddress;

/** Sockets of our own on Netty's native epoll. */
final class EpollSockets implements SocketFactory {

  /** Whether the native library loads on this machine. */
  static boolean areAvailable() {
    return Epoll.isAvailable();
  }

  @Override
  public IoHandlerFactory ioHandlers() {
    return EpollIoHandler.newFactory();
  }

  @Override
  public StreamServer listen(Engine engine, InetSocketAddress frontend, ConnectionPort port)
      throws PosixException {
    return EpollStreamServer.bound(engine, port, frontend);
  }

  @Override
  public StreamServer listenOn(
      Engine engine, ConnectionSocket listening, InetSocketAddress frontend, ConnectionPort port)
      throws PosixException {
    return EpollStreamServer.on(engine, port, listening, frontend);
  }

  @Override
  public DatagramEndpoint datagramOn(UdpSocket bound) {
    return new EpollDatagramEndpoint(bound);
  }

  @Override
  public DatagramEndpoint datagramFor(InetSocketAddress endpoint) throws PosixException {
    return new EpollDatagramEndpoint(UdpSocket.open(endpoint));
  }
}
