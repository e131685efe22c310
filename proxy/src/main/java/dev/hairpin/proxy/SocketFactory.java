package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.PosixSocket;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
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
   * A server socket of exactly the address's family: one for IPv6 takes no IPv4 connections, so
   * that {@code 0.0.0.0} and {@code ::} are two ports.
   */
  ServerSocketChannel serverFor(InetSocketAddress frontend) throws PosixException;

  /**
   * A server socket out of one that is bound and listens already, and belongs to the channel from
   * here on.
   *
   * @throws IOException if this way of polling can't; the socket is as it was
   */
  ServerSocketChannel serverOn(PosixSocket listening) throws IOException;

  /**
   * A datagram socket out of one that is bound already, and belongs to the endpoint from here on.
   *
   * @throws IOException if this way of polling can't; the socket is as it was
   */
  DatagramEndpoint datagramOn(PosixSocket bound) throws IOException;

  /** A stream socket that can connect to the address. */
  SocketChannel streamTo(InetSocketAddress backend);

  /** A datagram socket, neither bound nor connected, of exactly the address's family. */
  DatagramEndpoint datagramFor(InetSocketAddress endpoint) throws PosixException;

  /**
   * Waits until the kernel has let go of the address of a server socket that is closed and was on
   * {@code loop}. Not on an event loop.
   */
  void awaitReleased(ServerSocketChannel closed, EventLoop loop);
}
