package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.UdpSocket;
import io.netty.channel.IoHandlerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Makes the sockets of one way of polling. */
interface SocketFactory {

  /** Of the ways that the settings allow, the first that works on this machine. */
  static SocketFactory of(Polling polling) {
    return switch (polling) {
      case AUTO -> EpollSockets.areAvailable() ? new EpollSockets() : new NioSockets();
      case EPOLL -> new EpollSockets();
      case NIO -> new NioSockets();
    };
  }

  IoHandlerFactory ioHandlers();

  /**
   * Listens on exactly the address's family: a server for IPv6 takes no IPv4 connections, so that
   * {@code 0.0.0.0} and {@code ::} are two ports. It accepts nothing before it is told to.
   */
  StreamServer listen(Engine engine, InetSocketAddress frontend, ConnectionPort port)
      throws IOException;

  /**
   * A server out of a socket that is bound and listens already, and is the server's from here on.
   *
   * @throws IOException if this way of polling can't; the socket is as it was
   */
  StreamServer listenOn(
      Engine engine, ConnectionSocket listening, InetSocketAddress frontend, ConnectionPort port)
      throws IOException;

  /**
   * A datagram socket out of one that is bound already, and belongs to the endpoint from here on.
   *
   * @throws IOException if this way of polling can't; the socket is as it was
   */
  DatagramEndpoint datagramOn(UdpSocket bound) throws IOException;

  /** A datagram socket, neither bound nor connected, of exactly the address's family. */
  DatagramEndpoint datagramFor(InetSocketAddress endpoint) throws PosixException;
}
